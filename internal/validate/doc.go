// Package validate holds the business rules: what can be wrong with cargo data that is well-formed, whatever message it
// came in.
//
// Every rule is a pure function over what a mapper has at hand. It reads no clock and does no I/O, knows nothing of
// segments, and reports nothing itself: it says what is the case, and the mapper, which alone knows the bytes, makes a
// diag.Finding of it with their position.
package validate
