package scoring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrRecord is the cause when a line is not a score record that can be replayed.
var ErrRecord = errors.New("scoring: not a score record")

// Stored is a score record as it was written.
type Stored struct {
	Consignment json.RawMessage `json:"consignment"`
	Points      int             `json:"points"`
	Versions    Versions        `json:"versions"`
	Vector      []byte          `json:"vector"`
}

// DecodeStored reads a score record that AppendJSON wrote, of this release or an earlier one. Members that it does not
// know are passed over. The error wraps ErrRecord.
func DecodeStored(line []byte) (*Stored, error) {
	var head struct {
		Record string `json:"record"`
		Schema int    `json:"schema"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if head.Record != "score" || head.Schema != 1 {
		return nil, fmt.Errorf("%w: record %q, schema %d", ErrRecord, head.Record, head.Schema)
	}
	s := &Stored{}
	if err := json.Unmarshal(line, s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if len(s.Vector) == 0 {
		return nil, fmt.Errorf("%w: it holds no vector", ErrRecord)
	}
	if len(s.Consignment) == 0 {
		return nil, fmt.Errorf("%w: it names no consignment", ErrRecord)
	}
	return s, nil
}

// AppendReplay scores a stored record again, from its vector and by the rules that it names, and appends the record. For
// a record that AppendJSON wrote these are the same bytes. The error wraps ErrVector or ErrUnknownRules.
func (s *Scorer) AppendReplay(dst []byte, stored *Stored) ([]byte, error) {
	score, err := s.Replay(stored.Vector, stored.Versions)
	if err != nil {
		return dst, err
	}
	dst = append(dst, `{"record":"score","schema":1,"consignment":`...)
	b := bytes.NewBuffer(dst)
	if err := json.Compact(b, stored.Consignment); err != nil {
		return dst, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return score.appendRest(b.Bytes()), nil
}

// unquote reads the inside of a JSON string.
func unquote(b []byte, out *string) bool {
	return json.Unmarshal(append(append([]byte{'"'}, b...), '"'), out) == nil
}
