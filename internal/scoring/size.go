package scoring

// containerType is what a container is for, by its type (ISO 6346).
type containerType uint8

const (
	typeUnknown containerType = iota
	typeDry                   // general, ventilated, bulk, named cargo
	typeReefer
	typeTank
	typeOpen // open top, platform, flat
)

// typeOf reads the third character of a size and type: a letter since 1995, before that a digit.
func typeOf(sizeType string) containerType {
	if len(sizeType) < 3 {
		return typeUnknown
	}
	switch sizeType[2] {
	case 'G', 'V', 'B', 'S', '0', '1', '2', '8', '9':
		return typeDry
	case 'R', 'H', '3', '4':
		return typeReefer
	case 'T', 'K', '7':
		return typeTank
	case 'U', 'P', '5', '6':
		return typeOpen
	}
	return typeUnknown
}

// Columns of the list of container sizes.
const (
	columnTEU = iota
	columnPayload
	columnGross
	columnTare
	columnVolume
)

// size finds the row of a size and type.
func (ls *Lists) size(sizeType string) (columns []int64, ok bool) {
	if len(sizeType) < 3 || typeOf(sizeType) == typeUnknown {
		return nil, false
	}
	e, ok := lookup(ls.lists[listContainerSizes], sizeType[:3])
	if !ok {
		e, ok = lookup(ls.lists[listContainerSizes], sizeType[:2])
	}
	if !ok {
		return nil, false
	}
	return e.columns, true
}
