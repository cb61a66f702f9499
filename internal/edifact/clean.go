package edifact

import (
	"cargogate/internal/diag"
	"cargogate/internal/edi"
)

// freeText are the segments whose text may mean its line breaks; in all others a break has come in on the way.
func freeText(tag []byte) bool {
	switch string(tag) {
	case "FTX", "NAD", "PCI":
		return true
	}
	return false
}

// clean makes a segment readable that has line breaks or other controls in it, or that was cut short, and reports
// that. A line break in a tag or code is dropped, one in free text becomes one space; in a file that is cut into
// lines of one length all are dropped. Spans keep telling where the bytes stand.
func (d *Decoder) clean(s *edi.Segment) {
	if s.Flags&edi.Control == 0 || s.Flags&edi.Oversized != 0 {
		return
	}
	text := !d.wrapped && freeText(s.Tag())
	del := d.lex.Delimiters()
	d.buf, d.ends = s.Rewrite(d.buf, d.ends, func(dst, v []byte, element int) []byte {
		for i := 0; i < len(v); i++ {
			switch c := v[i]; {
			case del.Contains(c) && c < ' ':
				dst = append(dst, c)
			case c == '\r' || c == '\n':
				for i+1 < len(v) && (v[i+1] == '\r' || v[i+1] == '\n') {
					i++
				}
				if text && element > 0 {
					dst = append(dst, ' ')
				}
			case c == '\t':
				if text && element > 0 {
					dst = append(dst, ' ')
				}
			default:
				dst = append(dst, c)
			}
		}
		return dst
	})
}

// text reports what is wrong with the characters of a segment. It looks only where the lexer's flags or a narrow
// repertoire ask for it.
func (d *Decoder) text(s *edi.Segment) {
	const odd = edi.Control | edi.Oversized | edi.Unended | edi.Dangling | edi.Escaped
	if s.Flags&odd == 0 && d.charset.level >= 3 {
		return
	}
	if s.Flags&edi.TagOnly != 0 && s.Flags&(edi.Oversized|edi.Unended|edi.Dangling) == 0 {
		return
	}
	whole := diag.Position{Offset: s.Offset, Segment: d.segment}
	_, whole.Length = s.ElementSpan(0)
	if s.Flags&edi.Oversized != 0 {
		d.add(diag.SegmentTooLong, whole, diag.Clip(s.Tag()), diag.N("length", s.Length))
		return
	}
	if s.Flags&edi.Dangling != 0 {
		d.add(diag.DanglingReleaseCharacter, diag.Position{Offset: s.Offset + s.Length - 1, Length: 1, Segment: d.segment}, "")
	}
	if s.Flags&edi.Unended != 0 {
		d.add(diag.UnterminatedSegment, diag.Position{Offset: s.Offset + s.Length, Segment: d.segment}, diag.Clip(s.Tag()))
	}
	if s.Flags&(edi.Control|edi.Escaped) == 0 && d.charset.level >= 3 {
		return
	}
	// Names have apostrophes: a segment whose only oddity is a release character that is needed is common.
	if s.Flags&edi.Control == 0 && d.charset.level >= 3 && d.releasesAllNeeded(s) {
		return
	}
	d.characters(s)
}

// releasesAllNeeded reports whether every release character stands before a service character.
func (d *Decoder) releasesAllNeeded(s *edi.Segment) bool {
	del := d.lex.Delimiters()
	raw := s.Raw()
	for i := 0; i < len(raw); i++ {
		if raw[i] != del.Release {
			continue
		}
		if i++; i < len(raw) && !del.Contains(raw[i]) {
			return false
		}
	}
	return true
}

// characters walks over the bytes of a segment and reports the first line break, the first lower-case letter of
// UNOA, each needless release character and each run of characters outside the repertoire.
func (d *Decoder) characters(s *edi.Segment) {
	del := d.lex.Delimiters()
	broken, lower := false, false
	level := d.charset.level
	for e := 0; e <= s.NumElements(); e++ {
		off, n := s.ElementSpan(e)
		raw := s.Raw()[off-s.Offset : off-s.Offset+int64(n)]
		comp, rep := 1, 1
		for i := 0; i < len(raw); i++ {
			c := raw[i]
			at := func(n int) diag.Position {
				p := diag.Position{Offset: off + int64(i), Length: n, Segment: d.segment, Element: e}
				if e > 0 {
					p.Component = comp
				}
				if rep > 1 {
					p.Repeat = rep
				}
				return p
			}
			switch {
			case c == del.Release && c != 0:
				if i+1 < len(raw) && !del.Contains(raw[i+1]) {
					d.add(diag.NeedlessReleaseCharacter, at(2), diag.Clip(raw[i:i+2]))
				}
				i++
			case c == del.Component:
				comp++
			case c == del.Repetition && c != 0:
				rep++
				comp = 1
			case c == '\r' || c == '\n' || c == '\t':
				n := 1
				for i+n < len(raw) && (raw[i+n] == '\r' || raw[i+n] == '\n') {
					n++
				}
				if !broken {
					broken = true
					d.add(diag.LineBreakInSegment, at(n), diag.Clip(raw[i:i+n]))
				}
				i += n - 1
			case c < ' ' || c == 0x7f || c < 0x80 && level < 3 && repertoireClass[c] == printable || c < 0x80 && repertoireClass[c] == 0:
				n := 1
				for i+n < len(raw) && raw[i+n] < ' ' && raw[i+n] != '\r' && raw[i+n] != '\n' && raw[i+n] != '\t' && !del.Contains(raw[i+n]) {
					n++
				}
				d.add(diag.InvalidCharacter, at(n), diag.Clip(raw[i:i+n]), diag.A("charset", d.ic.SyntaxID))
				i += n - 1
			case c < 0x80 && level == 1 && repertoireClass[c] == lowerCase && !lower:
				lower = true
				n := 1
				for i+n < len(raw) && raw[i+n] >= 'a' && raw[i+n] <= 'z' {
					n++
				}
				d.add(diag.LowerCaseInUNOA, at(n), diag.Clip(raw[i:i+n]))
				i += n - 1
			}
		}
	}
}
