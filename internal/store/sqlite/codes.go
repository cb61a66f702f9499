package sqlite

import (
	"fmt"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
)

// A code is a word of a small vocabulary as it is stored. The numbers are part of the schema.
type code int64

// A vocabulary gives words their codes by place.
type vocabulary struct {
	what  string
	words []string
}

var (
	modes  = vocabulary{"mode", []string{"", string(cargo.TrafficLive), string(cargo.TrafficTest)}}
	states = vocabulary{"state of a receipt", []string{
		string(gateway.StateReceived), string(gateway.StateReading), string(gateway.StateWaiting), string(gateway.StateAccepted),
		string(gateway.StatePartlyAccepted), string(gateway.StateRejected), string(gateway.StateParked),
	}}
	folds = vocabulary{"state of a consignment", []string{"accepted", "unaccepted", "superseded", "cancelled"}}
)

// Codes that statements name.
const (
	received code = iota
	reading
	waiting
	accepted
	partlyAccepted
	_
	parked

	foldAccepted   code = 0
	foldUnaccepted code = 1
	foldSuperseded code = 2
	foldCancelled  code = 3
)

// encode gives the code of a word; one that is not in the vocabulary is gateway.ErrInput.
func (v vocabulary) encode(word string) (code, error) {
	for i, w := range v.words {
		if w == word {
			return code(i), nil
		}
	}
	return 0, fmt.Errorf("sqlite: %w: %s %q", gateway.ErrInput, v.what, word)
}

func (v vocabulary) decode(n int64) string {
	if n < 0 || int(n) >= len(v.words) {
		return fmt.Sprintf("%d", n)
	}
	return v.words[n]
}

func modeCode(m cargo.Traffic) (code, error) { return modes.encode(string(m)) }

func modeOf(n int64) cargo.Traffic { return cargo.Traffic(modes.decode(n)) }

func stateOf(n int64) gateway.State { return gateway.State(states.decode(n)) }

// list writes codes for an IN: they are numbers of ours, never text of a caller.
func list(codes []code) string {
	b := []byte{'('}
	for i, c := range codes {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Append(b, int64(c))
	}
	return string(append(b, ')'))
}
