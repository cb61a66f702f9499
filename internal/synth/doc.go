// Package synth writes synthetic cargo traffic and plants known faults in it, for tests, demonstrations and
// benchmarks.
//
// WriteCUSCAR writes customs cargo reports (UN/EDIFACT CUSCAR, directory D.95B or D.16A, syntax version 3) of any
// size from a seed: the same options give the same bytes on every machine. Inject takes such a file and plants one
// fault in it, and tells which finding a checker must report at which byte. The package reads EDIFACT with a small
// splitter of its own and imports no reader of this module, so that it can stand as an independent oracle beside
// the decoder, the directory walker and the validator.
//
// Names, places and numbers of parties are invented. Port codes, carrier codes, container prefixes and package
// codes are real ones, and container and IMO numbers carry valid check digits (ISO 6346, IMO resolution A.1117).
package synth
