package partner

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Duration is written as Go writes it: "720h0m0s".
type Duration time.Duration

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads "720h", "30m".
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a duration is text such as \"720h\": %w", err)
	}
	v, err := time.ParseDuration(s)
	*d = Duration(v)
	return err
}
