// Package crashtest kills the real program where it hurts most, again and again, and holds what is left against the log of
// those who sent to it. It is tests alone.
//
// The program is built with -tags failpoints and run as users run it: serve, on SQLite with a folder of originals and on
// PostgreSQL with an S3 store. Senders over HTTPS and by folder load it while a named failpoint, armed for a random n-th
// passing, ends the process with SIGKILL. It is started again, and so on. What a sender was told is kept in the memory of
// the test, which outlives it all: the oracle. After a last, quiet run each file must have come to its end exactly once.
//
//	TestCrashSQLite, TestCrashPostgres   kills at every failpoint
//	TestPower                            the same on a file system that forgets what was not forced to disk (powerfs)
//	TestStalled                          nodes on PostgreSQL that stand still until their leases are over, and then go on
//	TestOvertakenSQLite                  a process on SQLite whose work is taken over while it is under way
//	TestSabotage…                        the same with a protection switched off: the oracle must notice
//
// CRASH_KILLS says how often each failpoint is to kill on each store (see killsDefault); `make crash` says 20.
package crashtest
