package cargo

import "slices"

// grow makes room for one more element at the end of a slice and gives a pointer to it. Within the capacity the element
// is the one that lay there before a Reset, so that its own slices can be used again; the caller resets it.
func grow[T any](s *[]T) *T {
	if n := len(*s); n < cap(*s) {
		*s = (*s)[:n+1]
	} else {
		var zero T
		*s = append(*s, zero)
	}
	return &(*s)[len(*s)-1]
}

// add is grow for elements without slices of their own: it empties the element.
func add[T any](s *[]T, value T) *T {
	e := grow(s)
	*e = value
	return e
}

// cloner is an element that can copy itself deeply into another.
type cloner[T any] interface {
	*T
	clone() T
}

func cloneAll[T any, P cloner[T]](s []T) []T {
	if s == nil {
		return nil
	}
	out := make([]T, len(s))
	for i := range s {
		out[i] = P(&s[i]).clone()
	}
	return out
}

// copyOf is slices.Clone with no spare capacity to be shared by accident.
func copyOf[T any](s []T) []T { return slices.Clip(slices.Clone(s)) }
