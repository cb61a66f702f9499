package partner

import (
	"encoding/json"
	"fmt"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
)

// DefaultProfile is the name of the profile of partners that have no other. A stored profile of this name takes the
// place of the built-in one.
const DefaultProfile = "default"

// DefaultResendWindow is how long a repeat is looked for where the profile does not say.
const DefaultResendWindow = 30 * 24 * time.Hour

// builtIn gives the profile that is there without being stored: the standard and nothing else.
func builtIn() Profile {
	return Profile{Name: DefaultProfile}.withDefaults()
}

// withDefaults fills in what a profile leaves to the default.
func (p Profile) withDefaults() Profile {
	if len(p.Answers) == 0 {
		p.Answers = []string{answerCONTRL}
	}
	if p.ResendWindow == 0 {
		p.ResendWindow = Duration(DefaultResendWindow)
	}
	return p
}

// Tolerance gives MassTolerance as a number of kg; 0 where there is none, or none that Validate lets pass.
func (p *Profile) Tolerance() cargo.Decimal {
	kg, fault := cargo.ParseDecimal(p.MassTolerance, '.')
	if fault != 0 || kg.Sign() < 0 {
		return cargo.Decimal{}
	}
	return kg
}

// profileJSON is a Profile without its methods; severities stand beside it as words.
type profileJSON Profile

// MarshalJSON writes severities as words: "EDI0029": "warning".
func (p Profile) MarshalJSON() ([]byte, error) {
	words := make(map[diag.Code]string, len(p.Severities))
	for code, s := range p.Severities {
		words[code] = s.String()
	}
	p.Severities = nil
	return json.Marshal(struct {
		profileJSON
		Severities map[diag.Code]string `json:"severities,omitempty"`
	}{profileJSON(p), words})
}

// UnmarshalJSON reads what MarshalJSON writes. Fields that it does not know are left: a later release may have written
// them.
func (p *Profile) UnmarshalJSON(b []byte) error {
	var v struct {
		profileJSON
		Severities map[diag.Code]string `json:"severities,omitempty"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	read := Profile(v.profileJSON)
	if len(v.Severities) > 0 {
		read.Severities = make(map[diag.Code]diag.Severity, len(v.Severities))
	}
	for code, word := range v.Severities {
		s, err := diag.ParseSeverity(word)
		if err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
		read.Severities[code] = s
	}
	*p = read
	return nil
}
