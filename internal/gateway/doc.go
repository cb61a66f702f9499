// Package gateway takes what transports deliver and carries it to its end state: accept, claim, read, settle, deliver.
//
// It declares the ports that it needs: Store for the database, blob.Store for originals, transport.Sender for answers.
// docs/adr/0008-storage-and-accept.md gives the decisions, ARCHITECTURE.md the walk of one filing.
package gateway
