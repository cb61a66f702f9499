// Package probe reads one message in a process of its own: the same program, started once more, without a database. So a
// message that ends the process that reads it (memory that is used up, a stack that overflows) ends that one.
package probe
