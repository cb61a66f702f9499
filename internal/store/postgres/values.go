package postgres

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// orNull gives nil for the zero time: the database has no zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// orZero gives the zero time for NULL.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func idOrNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func idOrNil(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// lowestID gives the least UUIDv7 of a time: a bound between partitions.
func lowestID(t time.Time) uuid.UUID {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(t.UnixMilli()))
	var id uuid.UUID
	copy(id[:6], b[2:])
	return id
}

// timeOf gives the time of a UUIDv7, to the millisecond.
func timeOf(id uuid.UUID) time.Time {
	var b [8]byte
	copy(b[2:], id[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[:]))).UTC()
}

// Limits of lists.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// clamp gives the number of rows of a list.
func clamp(limit int) int {
	switch {
	case limit <= 0:
		return defaultLimit
	case limit > maxLimit:
		return maxLimit
	}
	return limit
}

// texts gives the strings of values of a string type.
func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// seconds gives a duration as the database takes it.
func seconds(d time.Duration) float64 { return d.Seconds() }
