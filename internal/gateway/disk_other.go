//go:build !unix

package gateway

// freeSpace cannot tell on this system.
func freeSpace(string) (free int64, ok bool, err error) { return 0, false, nil }
