package scoring

import "cargogate/internal/cargo"

// Departed reports whether something that was received then came after the conveyance had left the place of loading, as
// far as the call says when that was; where it says nothing but the arrival, after that.
func Departed(received Instant, call *cargo.Call) bool {
	if call == nil || !received.OK {
		return false
	}
	left := instant(Instant{}, &call.ATD, &call.ETD, &call.ATA, &call.ETA)
	return left.OK && received.Unix > left.Unix
}
