// Package render writes, for people and for programs, what reading a file came to and what its segments say.
//
// What a reading came to goes to a Sink: the check object of the contract, text for people, or one of the renderers of
// package diag. Show names every element of an EDIFACT file. Everything is streamed, so that the size of a file does
// not matter; only the findings of the file at hand are held, and package diag bounds those.
package render
