package gateway

// LinkOf gives the link status of a consignment: "" for one that takes no part in linking. level is its level, parents
// the number of visible accepted consignments whose BillKey is its ParentKey, houses that of those whose ParentKey is
// its BillKey; packages and housePackages are what it and those houses hold.
//
// A house is matched or not matched. A master, or whatever has houses, is complete when the houses hold all its
// packages (or it states none), and otherwise its houses are missing.
func LinkOf(level string, hasParentKey bool, parents, houses int, packages, housePackages int64) string {
	switch {
	case hasParentKey && parents == 0:
		return "not_matched"
	case hasParentKey:
		return "matched"
	case level == "master" && houses == 0:
		return "houses_missing"
	case houses == 0:
		return ""
	case packages > 0 && housePackages < packages:
		return "houses_missing"
	}
	return "complete"
}
