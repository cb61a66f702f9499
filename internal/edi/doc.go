// Package edi splits delimiter-based EDI (UN/EDIFACT, ANSI X12) into segments, elements and components.
//
// It knows delimiters and nothing else: no tags, no envelopes, no character sets. A Lexer reads an io.Reader (or a
// byte slice) through a bounded window and gives one Segment at a time, whose bytes are slices of that window and
// valid until the next read. It allocates nothing for a segment once it is warm.
//
// Elements are counted as the standards count them: element 1 is the first after the tag, component 1 the first of
// its composite, repeat 1 the first occurrence (ISO 9735, DE 0098 less one, DE 0104, DE 0136).
//
// The segments are the same however the reader cuts its bytes: a segment is only scanned when all of it is in the
// window, so that a release character that ends one read still covers the first byte of the next.
package edi
