package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Duration is written "30s", "5m", "12h" or "90d"; "0" is none.
type Duration time.Duration

// UnmarshalText reads a duration that is not negative.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	var v time.Duration
	var err error
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n float64
		if n, err = strconv.ParseFloat(days, 64); err == nil && n < 200*365 {
			v = time.Duration(n * 24 * float64(time.Hour))
		} else if err == nil {
			err = errors.New("more than 200 years")
		}
	} else {
		v, err = time.ParseDuration(s)
	}
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration such as 30s, 5m, 12h or 90d", s)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes the duration as UnmarshalText reads it.
func (d Duration) MarshalText() ([]byte, error) {
	v := time.Duration(d)
	if day := 24 * time.Hour; v > 0 && v%day == 0 {
		return fmt.Appendf(nil, "%dd", v/day), nil
	}
	s := v.String()
	if m, ok := strings.CutSuffix(s, "m0s"); ok { // 5m0s is 5m
		s = m + "m"
	}
	if h, ok := strings.CutSuffix(s, "h0m"); ok {
		s = h + "h"
	}
	return []byte(s), nil
}

// Std gives the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// A Size is bytes, written "512KiB", "256MiB", "2GiB", "10MB" or as a plain number.
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// UnmarshalText reads a size that is not negative.
func (z *Size) UnmarshalText(text []byte) error {
	s := string(text)
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/u.bytes {
			break
		}
		*z = Size(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q is not a size such as 512KiB, 256MiB or 2GiB", s)
}

// MarshalText writes the size as UnmarshalText reads it.
func (z Size) MarshalText() ([]byte, error) {
	for i := 3; i >= 0; i-- {
		if u := sizeUnits[i]; z > 0 && int64(z)%u.bytes == 0 {
			return fmt.Appendf(nil, "%d%s", int64(z)/u.bytes, u.suffix), nil
		}
	}
	return fmt.Appendf(nil, "%d", int64(z)), nil
}

// A Secret is text that is never written out, or a word on where it is: "file:PATH", "cred:NAME".
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// MarshalText writes where the secret is, never the secret.
func (s Secret) MarshalText() ([]byte, error) {
	if strings.HasPrefix(string(s), "file:") || strings.HasPrefix(string(s), "cred:") {
		return []byte(s), nil
	}
	return []byte(s.String()), nil
}

// Value gives the secret itself, from where it is. A line end at the end of a file is not part of it.
func (s Secret) Value() (string, error) {
	path, ok := strings.CutPrefix(string(s), "file:")
	if name, cred := strings.CutPrefix(string(s), "cred:"); cred {
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", fmt.Errorf("secret cred:%s: CREDENTIALS_DIRECTORY is not set; systemd sets it for LoadCredential=", name)
		}
		if name == "" || name != filepath.Base(name) {
			return "", fmt.Errorf("secret cred:%s: not a name", name)
		}
		path, ok = filepath.Join(dir, name), true
	}
	if !ok {
		return string(s), nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	v := strings.TrimRight(string(b), "\r\n")
	if v == "" {
		return "", fmt.Errorf("secret: %s is empty", path)
	}
	return v, nil
}
