// Package postgres keeps what the gateway needs in PostgreSQL, 14 or later, by pgx.
//
// Growing tables are range-partitioned by month on the UUIDv7 of their row or receipt; EnsurePartitions makes the months
// ahead. Uniqueness lives in tables of its own, never on a partitioned one. What is not finished stands in the small
// table work, so that claiming costs the same whatever was ever received. Time is the database's, so that nodes need
// not agree on theirs.
//
// The server has to keep what it commits (fsync = on), and connections have to be to the server itself or to a pooler
// that keeps a session for a client, because of LISTEN and of settings of the session.
package postgres
