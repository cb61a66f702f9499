package edifact

// An Element is one element of a segment that an Encoder writes: a simple value, a composite, or several repeats of
// either (syntax version 4). Its text is unescaped and in UTF-8. The zero value is an empty element.
type Element struct {
	value      string    // of a simple element
	components []string  // of a composite, all of them; nil in a simple element
	repeats    []Element // none of them repeated itself; nil unless there are several
}

// Simple gives an element of one value.
func Simple(value string) Element { return Element{value: value} }

// Composite gives an element of components, which are kept, not copied. Empty ones at its end are not written.
func Composite(components ...string) Element { return Element{components: components} }

// Repeated gives an element with several occurrences (ISO 9735-1:2002, repetition separator). The elements are kept,
// not copied; one that is repeated itself gives all its own occurrences.
func Repeated(occurrences ...Element) Element {
	flat := occurrences
	for i, o := range occurrences {
		if o.repeats == nil {
			continue
		}
		flat = append(make([]Element, 0, len(occurrences)), occurrences[:i]...)
		for _, o := range occurrences[i:] {
			if o.repeats == nil {
				flat = append(flat, o)
			} else {
				flat = append(flat, o.repeats...)
			}
		}
		break
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return Element{repeats: flat}
}

// empty reports whether nothing of the element is written.
func (e *Element) empty() bool {
	for i := range e.repeats {
		if !e.repeats[i].empty() {
			return false
		}
	}
	for _, c := range e.components {
		if c != "" {
			return false
		}
	}
	return e.value == ""
}

// trimmed gives what is left of parts without the empty ones at the end: separators that nothing follows are not
// allowed (ISO 9735:1988, 6.4).
func trimmed(parts []string) []string {
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// trimmedElements is trimmed for elements or repeats.
func trimmedElements(es []Element) []Element {
	for len(es) > 0 && es[len(es)-1].empty() {
		es = es[:len(es)-1]
	}
	return es
}

// first gives the element's first value.
func (e *Element) first() string {
	switch {
	case len(e.repeats) > 0:
		return e.repeats[0].first()
	case len(e.components) > 0:
		return e.components[0]
	}
	return e.value
}
