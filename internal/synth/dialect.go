package synth

import "fmt"

// A dialect holds what differs between the directory releases in the segments that this package writes. The order
// of these segments is the same in both: D.16A has RFF and NAD as groups where D.95B has them as segments, and the
// groups from CNI on carry other numbers, but the bytes stay.
type dialect struct {
	version       string // S009 after the message type: 0052 : 0054 : 0051
	indicator     string // what stands before DE 7365: the GIS segment, or GEI with its qualifier
	documentTail  string // what follows the number in BGM: D.16A has the composite C106 with a version
	itemMass      string // DE 6313 of a goods item's gross weight
	equipmentMass string // DE 6313 of a container's gross weight
	groupsHeader  bool   // RFF and NAD of the header are groups: a date and a contact may follow them
}

// GEI needs a qualifier (DE 9649): 5 is the type of consignment. DE 6313 G is gone since D.09A; AAB means the
// goods item and AET the equipment in D.16A.
var dialects = map[string]dialect{
	ReleaseD95B: {version: "D:95B:UN", indicator: "GIS+", itemMass: "G", equipmentMass: "G"},
	ReleaseD16A: {version: "D:16A:UN", indicator: "GEI+5+", documentTail: ":1", itemMass: "AAB", equipmentMass: "AET", groupsHeader: true},
}

func dialectOf(release string) (dialect, error) {
	if release == "" {
		release = ReleaseD95B
	}
	d, ok := dialects[release]
	if !ok {
		return d, fmt.Errorf("synth: no CUSCAR of release %q", release)
	}
	return d, nil
}
