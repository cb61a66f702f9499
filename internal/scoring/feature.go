package scoring

// FeatureNumber is the number of one version of a feature.
type FeatureNumber uint16

// keep says which observations stay where there are more than fit.
type keep uint8

const (
	keepFirst keep = iota
	keepGreatest
	keepLeast
)

// Feature is one row of the dictionary: one version of one thing that is to be known of a consignment. A feature whose
// value changes for the same consignment and the same lists gets a new version, and that a new number.
type Feature struct {
	ID      string // "goods.vague@1"
	Unit    Unit   // of the number
	Number  string // what a reason's text calls the number; empty where it has no meaning for people
	Text    string // what a reason's text calls the text; empty where there is none
	Meaning string // what is known, what is observed, and when it is absent or not derivable

	keep  keep
	lists listSet
}

// Lists names the lists that the feature is taken with.
func (f *Feature) Lists() []string { return f.lists.names() }

func (s listSet) names() []string {
	var out []string
	for l := range numLists {
		if s.has(l) {
			out = append(out, listName(l))
		}
	}
	return out
}

// Features gives the dictionary, by number.
func Features() []Feature { return append([]Feature(nil), features[:]...) }

// FeatureByID finds a feature by its id with version.
func FeatureByID(id string) (FeatureNumber, bool) {
	for f := range NumFeatures {
		if features[f].ID == id {
			return f, true
		}
	}
	return 0, false
}
