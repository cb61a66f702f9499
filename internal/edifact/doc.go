// Package edifact reads and writes the syntax of UN/EDIFACT interchanges (ISO 9735 syntax versions 1 to 4, batch):
// service characters, envelopes, character sets. It knows no message; package directory does.
//
// A Decoder pulls segments through a bounded window and checks the envelope as it passes: references, counts,
// nesting, duplicates, empty levels. One broken message costs one message: the next UNH or UNB starts afresh.
// A stored interchange is read twice, first by a decoder with EnvelopeOnly, which finds the verdict on the envelope
// and the character set that is really used, then segment by segment.
//
// An Encoder writes interchanges: escaping, character set, counts and references are its work.
package edifact
