package voyage

// A Truth says what was planted in one consignment. It stands in truth.ndjson and nowhere else.
type Truth struct {
	Record   string   `json:"record"` // truth
	Schema   int      `json:"schema"` // 1
	Document string   `json:"document"`
	Kind     string   `json:"kind"`  // master_bill, house_bill or bill, as in a consignment record
	Filer    string   `json:"filer"` // who files it
	File     string   `json:"file"`  // the first file that it is in
	Typology string   `json:"typology"`
	Role     string   `json:"role"`            // RoleTypology or RoleLookalike
	Signs    []string `json:"signs,omitempty"` // those that it shows; those of a message to come included
}

// Roles of a planted consignment.
const (
	RoleTypology  = "typology"  // it shows signs of the typology
	RoleLookalike = "lookalike" // an honest one with the same goods on the same way
)

var documentKinds = map[string]string{"BM": "bill", "MB": "master_bill", "BH": "house_bill"}

// truths gives what a message holds of planted consignments.
func truths(m *filing, f *File) []Truth {
	var l []Truth
	add := func(b *bill) {
		if b.truth == nil {
			return
		}
		t := Truth{Record: "truth", Schema: 1, Document: b.number, Kind: documentKinds[b.kind], Filer: f.Filer, File: f.Name,
			Typology: b.truth.typology.name, Role: RoleTypology}
		if b.truth.lookalike {
			t.Role = RoleLookalike
		}
		for _, s := range b.truth.signs {
			t.Signs = append(t.Signs, signNames[s])
		}
		l = append(l, t)
	}
	for i := range m.slots {
		if m.p.nvocc < 0 {
			add(&m.slots[i].bill)
			continue
		}
		for k := range m.slots[i].houses {
			add(&m.slots[i].houses[k])
		}
	}
	return l
}
