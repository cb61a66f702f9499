//go:build unix

package gateway

import "syscall"

// freeSpace gives the bytes that can still be written in a folder by who is not root.
func freeSpace(dir string) (free int64, ok bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false, err
	}
	return int64(s.Bavail) * int64(s.Bsize), true, nil
}
