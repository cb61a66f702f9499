// Package sqlite keeps the gateway's state in two SQLite files of one folder: accept.db holds what arrives, main.db all
// that is settled.
//
// Each file has one writer connection and a pool of connections that only read, so that an accept never waits for a
// settling transaction. Two files cannot commit together: a row of settlements in main.db is the truth on a receipt, and
// its state in accept.db a cache that Settled writes, and that Sweep, Claim and Open repair. Where both files have to
// change, main.db goes first and notes in rechecks what is left to do.
//
// Transactions hand out no cursors: a statement returns all its rows as values (see conn), so that a query nested in
// another one, which would wait for ever on a single connection, cannot be written.
//
// One process at a time has the folder: it holds a lock on the file "lock". Times are this process's clock made monotonic
// (see clock), stored as microseconds since 1970 in UTC. docs/adr/0008-storage-and-accept.md has the reasons.
package sqlite
