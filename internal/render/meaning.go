package render

import (
	"cargogate/internal/edifact/directory"
	"cargogate/internal/refdata"
)

// meaning gives what a coded value stands for: the short name of the release's own code list, or of the lists that
// the directories leave to others. It is "" for what is no code, or none that is known.
func meaning(component *directory.Component, value string) string {
	if component.Codes != nil {
		name, _ := component.Codes.Name(value)
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
