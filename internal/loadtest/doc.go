// Package loadtest measures a gateway beside the limits of the machine that it runs on: how fast it accepts, how fast
// what was accepted is settled, how long that takes, and how much memory one very large message needs.
//
// The other side of every ratio is the same work without the gateway: the rows that the gateway wrote are read back from
// its database and written into an empty one of the same schema and indexes, with the bare driver, on the same disk and
// in the same run. The sides take turns, and a ratio is the median of the ratios of the turns: what neighbours do to the
// machine is done to both sides.
package loadtest
