package gateway

// Statuses for the filer.
const (
	StatusReceived      = "received" // it is here, and nothing follows from it: refused, replaced or cancelled
	StatusAccepted      = "accepted"
	StatusNotMatched    = "not_matched"    // a house whose master is not there
	StatusMatched       = "matched"        // a house whose master is there
	StatusHousesMissing = "houses_missing" // a master whose houses do not hold all of its packages
	StatusComplete      = "complete"       // a master whose houses do
	StatusAssessed      = "assessed"       // accepted and scored, and neither master nor house
	StatusHeld          = "held"           // it is kept: by a decision on its case, whatever else is said of it
	StatusReleased      = "released"       // the same: it may go
)

// ConsignmentStatus gives the status of a consignment in words for its filer: what its links say while it counts, and
// received where it does not; whether it was refused, superseded or cancelled its State says. What was decided on its case
// comes before that, also where the declaration was refused: the goods may be on their way all the same.
func ConsignmentStatus(c *ConsignmentRow) string {
	if c.State == ConsignmentAccepted || c.State == ConsignmentUnaccepted {
		switch c.Verdict {
		case StatusHeld, StatusReleased:
			return c.Verdict
		}
	}
	if c.State != ConsignmentAccepted {
		return StatusReceived
	}
	switch c.Link {
	case StatusNotMatched, StatusMatched, StatusHousesMissing, StatusComplete:
		return c.Link
	}
	if c.Score.Done {
		return StatusAssessed
	}
	return StatusAccepted
}
