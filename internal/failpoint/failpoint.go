// Package failpoint marks the places where a crash hurts most, so that tests can end the process there.
//
// In a normal build Hit and Sabotaged are empty and cost nothing. Built with -tags failpoints, CARGOGATE_FAILPOINT
// names one place and how often it is passed before the process kills itself, and CARGOGATE_SABOTAGE switches
// protections off, so that the suites can show that they notice.
package failpoint

// A Point is a named place.
type Point string

// Points, in the order of a filing's way.
const (
	AfterSpool   Point = "after-spool"   // a large body is durable in the blob store, its receipt is not
	AfterCommit  Point = "after-commit"  // receipts are committed, nobody has been answered
	BeforeAnswer Point = "before-answer" // a transport has its receipt and has not told the sender
	MidRead      Point = "mid-read"      // a claimed original is half read
	MidSettle    Point = "mid-settle"    // rows are written in the settling transaction, which is not committed
	AfterSettle  Point = "after-settle"  // settled, and the cached state of the receipt is not yet written
	MidChunk     Point = "mid-chunk"     // a staged chunk is committed, more are to come
	MidArchive   Point = "mid-archive"   // an inline body is in the blob store and still in its row
	MidDelivery  Point = "mid-delivery"  // an answer is on its channel, and its delivery is not yet marked
)

// MarkVariable names a text; a message that holds it in its first bytes ends the process that reads it, by an error that
// nothing can recover from, in a build with failpoints.
const MarkVariable = "FAILPOINT_FATAL_READ"

// A Sabotage is a protection that a test build can switch off.
type Sabotage string

// Sabotages that the crash suite must notice.
const (
	NoFsync     Sabotage = "no-fsync"     // nothing is forced to disk
	AnswerFirst Sabotage = "answer-first" // the sender is answered before the commit
	NoFence     Sabotage = "no-fence"     // settle does not look whether the attempt is still its own
	NoDedupe    Sabotage = "no-dedupe"    // transport acts and settled receipts are not checked for repeats
)
