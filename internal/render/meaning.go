package render

import (
	"strings"

	"cargogate/internal/edifact/directory"
	"cargogate/internal/refdata"
)

// maxMeanings is how many meanings are remembered; a message uses some dozens of codes again and again.
const maxMeanings = 1024

// meanings remembers what coded values stand for, since finding a name is a search. The zero value is ready to use.
type meanings map[coded]string

// A coded is a value and the list that it is of.
type coded struct {
	list  *directory.CodeList
	value string
}

// of gives what a coded value stands for: the short name of the release's own code list, or of the lists that the
// directories leave to others. It is "" for what is no code, or none that is known.
func (m *meanings) of(component *directory.Component, value string) string {
	if component.Codes != nil {
		name, ok := (*m)[coded{component.Codes, value}]
		if !ok {
			name, _ = component.Codes.Name(value)
			if *m == nil || len(*m) >= maxMeanings {
				*m = meanings{}
			}
			(*m)[coded{component.Codes, strings.Clone(value)}] = name
		}
		return name
	}
	switch component.Tag {
	case "6411": // measure unit: UN/ECE Rec 20
		if u, ok := refdata.LookupUnit(value); ok {
			return u.Name
		}
	case "7065": // package type: UN/ECE Rec 21
		if name, ok := refdata.PackageName(value); ok {
			return name
		}
	}
	return ""
}
