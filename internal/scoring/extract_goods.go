package scoring

import (
	"slices"

	"cargogate/internal/cargo"
)

// Marks of a token.
const (
	markNoise byte = 1 << iota
	markVague
	markPlaceholder
	markClause // overrules the three above: the sentence is no description
	markGoods  // overrules all others: a list of goods knows the words
)

// goodsLists are the lists that descriptions are searched for.
var goodsLists = setOf(listVague, listPackaging, listClause, listPlaceholder, listEmpty, listDangerous, listDangerousMaybe,
	listPrecursor, listDualUse, listWeapon,
	listExplosivePrecursor, listRadioactive, listSpecies, listWaste, listCoverGoods, listOpiateCover, listExcise,
	listPersonalEffects, listUsedVehicle, listPerishable, listFrozen, listDense, listHSWords, listTested, listBulk, listMedicine)

// tellingLists are those whose words say what goods are. Those of the other lists ("fresh", "metal") say something of
// them only.
var tellingLists = setOf(listDangerous, listDangerousMaybe, listPrecursor, listDualUse, listWeapon, listExplosivePrecursor, listRadioactive,
	listSpecies,
	listWaste, listCoverGoods, listOpiateCover, listExcise, listPersonalEffects, listUsedVehicle, listHSWords)

// describingLists are those that decide whether a description describes anything.
var describingLists = setOf(listVague, listPackaging, listClause, listPlaceholder, listEmpty).or(tellingLists)

// wordFeatures are the features that are nothing but the hits of one list.
var wordFeatures = [numLists]FeatureNumber{
	listDangerous: fDangerousWords, listPrecursor: fPrecursorWords, listDualUse: fDualUseWords, listWeapon: fWeaponWords,
	listExplosivePrecursor: fExplosiveWords, listRadioactive: fRadioactiveWords, listSpecies: fSpeciesWords,
	listWaste: fWasteWords, listExcise: fExciseWords, listPersonalEffects: fPersonalEffects, listUsedVehicle: fUsedVehicles,
	listFrozen: fFrozenWords, listCoverGoods: fCoverGoods, listOpiateCover: fOpiateCover, listPerishable: fPerishable,
	listDense: fDense, listDangerousMaybe: fDangerousMaybe, listTested: fTested, listMedicine: fMedicine,
}

// hsFeatures are the features that are the HS codes of one list.
var hsFeatures = [...]struct {
	list    ListNumber
	feature FeatureNumber
}{
	{listWasteHS, fWasteHS}, {listArmsHS, fArmsHS}, {listExciseHS, fExciseHS}, {listBrandedHS, fBrandedHS},
	{listHighPriorityHS, fHighPriorityHS}, {listPrecursorHS, fPrecursorHS}, {listCoverHS, fCoverGoods}, {listOpiateCoverHS, fOpiateCover},
	{listPerishableHS, fPerishable}, {listDenseHS, fDense}, {listDangerousHS, fDangerousHS}, {listMedicineHS, fMedicineHS},
}

// itemMarks is what was found of an item on the way, for features that come later.
type itemMarks struct {
	coded bool // an HS code is declared, or its description names one
	bulk  bool // its description says so
}

// goods takes what the items say of themselves: descriptions and HS codes.
func (x *extractor) goods() {
	c, v := x.c, x.v
	descriptions, codes, empties := 0, 0, 0
	x.described, x.classified = false, false
	x.items = x.items[:0]
	for i := range c.Items {
		x.classified = x.classified || len(c.Items[i].DangerousGoods) > 0
	}
	for i := range c.Items {
		item := &c.Items[i]
		x.items = append(x.items, itemMarks{})
		hs, at := x.readHS(i, item)
		if !blank(item.Description) {
			descriptions++
			x.words.reset()
			x.words.add(item.Description)
			x.lists.matcher.find(&x.search, &x.words, goodsLists)
			if x.description(i, item) {
				empties++
			}
			x.compareHS(i, at)
		}
		if hs != "" {
			codes++
			x.code(hs, at)
		}
	}
	x.empties = x.onlyEmpties(descriptions, empties)
	v.know(fEmpties, bit(x.empties), path(fieldItems))
	x.goodsStates(descriptions, codes)
}

// goodsStates sets what is known, and lists the gaps.
func (x *extractor) goodsStates(descriptions, codes int) {
	c, v := x.c, x.v
	if descriptions > 0 {
		v.know(fDescribed, int64(descriptions), path(fieldItems))
		v.looked(fUndescribed, fVague, fVagueShare, fPackagingOnly, fNumeric, fRepeated, fPlaceholder, fContentWords,
			fDangerousWords, fPrecursorWords, fDualUseWords, fWeaponWords, fExplosiveWords, fRadioactiveWords, fSpeciesWords,
			fWasteWords, fExciseWords, fPersonalEffects, fUsedVehicles, fFrozenWords, fCAS, fDangerousMaybe, fTested, fMedicine)
		if !x.classified {
			v.looked(fUNInText)
		}
	} else {
		at := path(fieldItems)
		if len(c.Items) > 0 {
			at = path(fieldDescription, 0)
		}
		v.absent(fDescribed, at)
	}
	if codes > 0 {
		v.looked(fHS, fHSGap, fHSFaulty, fWasteHS, fPrecursorHS, fArmsHS, fExciseHS, fBrandedHS, fHighPriorityHS, fDangerousHS, fMedicineHS)
	} else {
		at := path(fieldItems)
		if len(c.Items) > 0 {
			at = path(fieldHS, 0)
		}
		v.absent(fHS, at)
	}
	if descriptions > 0 || codes > 0 {
		v.looked(fCoverGoods, fOpiateCover)
	}
	if x.described {
		v.looked(fPerishable, fDense)
	}
	for i := range c.Items {
		if descriptions > 0 && blank(c.Items[i].Description) {
			v.add(fUndescribed, Observation{At: path(fieldDescription, i)})
		}
		if codes > 0 && !x.items[i].coded {
			v.add(fHSGap, Observation{At: path(fieldHS, i)})
		}
	}
}

// onlyEmpties says whether a consignment is empty equipment and nothing else.
func (x *extractor) onlyEmpties(descriptions, empties int) bool {
	if descriptions > 0 {
		return empties == descriptions
	}
	for i := range x.c.Equipment {
		if x.c.Equipment[i].Fullness != cargo.FullnessEmpty {
			return false
		}
	}
	return len(x.c.Equipment) > 0
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// description takes the features of one description, whose words and hits are at hand. It reports whether it says that
// equipment is empty and nothing else.
func (x *extractor) description(i int, item *cargo.Item) (empty bool) {
	v, at := x.v, path(fieldDescription, i)
	var vague, elsewhere, saysEmpty string
	x.marks = slices.Grow(x.marks[:0], len(x.words.tokens))[:len(x.words.tokens)]
	clear(x.marks)
	for _, h := range x.search.hits {
		e := x.lists.entry(h)
		switch h.list {
		case listVague:
			x.mark(h, markVague)
			if vague == "" {
				vague = e.key
			}
		case listPackaging:
			x.mark(h, markNoise)
		case listClause:
			x.mark(h, markClause)
		case listPlaceholder:
			x.mark(h, markPlaceholder)
			if elsewhere == "" {
				elsewhere = e.key
			}
		case listEmpty:
			x.mark(h, markNoise)
			saysEmpty = e.key
		case listBulk:
			x.items[i].bulk = true
		case listHSWords:
			x.mark(h, markGoods)
		default:
			if tellingLists.has(h.list) {
				x.mark(h, markGoods)
			}
			v.add(wordFeatures[h.list], Observation{Text: e.key, At: at})
			if h.list == listDangerous && !x.classified && x.namesUN(e.codes) {
				v.add(fUNInText, Observation{Text: e.key, At: at})
			}
			if h.list == listFrozen {
				v.add(fPerishable, Observation{Text: e.key, At: at})
			}
		}
	}
	content, vagueWords, letters := x.countWords()
	x.described = x.described || content > 0
	v.add(fContentWords, Observation{Number: int64(content), Text: item.Description, At: at})
	switch {
	case content > 0 && vagueWords > 0:
		v.add(fVagueShare, Observation{Number: int64(vagueWords * 1000 / (vagueWords + content)), Text: vague, At: at})
	case content > 0:
	case saysEmpty != "":
		empty = vagueWords == 0
	case !letters:
		v.add(fNumeric, Observation{Text: item.Description, At: at})
	case elsewhere != "":
		v.add(fPlaceholder, Observation{Text: elsewhere, At: at})
	case vagueWords > 0:
		v.add(fVague, Observation{Number: 1000, Text: vague, At: at})
	default:
		v.add(fPackagingOnly, Observation{Text: item.Description, At: at})
	}
	if run := longestRun(&x.words); run > 0 {
		v.add(fRepeated, Observation{Number: int64(run), Text: item.Description, At: at})
	}
	x.cas(at)
	return empty
}

func (x *extractor) mark(h hit, m byte) {
	for k := h.start; k < h.end; k++ {
		x.marks[k] |= m
	}
}

// countWords counts words that describe goods, and vague ones. Numbers, single letters and words with digits (article
// numbers) are neither.
func (x *extractor) countWords() (content, vague int, letters bool) {
	for k, t := range x.words.tokens {
		letters = letters || t.letters
		switch m := x.marks[k]; {
		case m&markGoods != 0:
			content++
		case m&markClause != 0:
		case m&(markVague|markPlaceholder) != 0:
			vague++
		case m&markNoise != 0, !t.letters, t.digits, t.end-t.start < 2:
		default:
			content++
		}
	}
	return content, vague, letters
}

// Runs from which on a repetition is seen.
const (
	letterRun = 4
	wordRun   = 3
)

// longestRun gives the length of the longest run of one letter, or of one word; 0 where there is none that counts.
func longestRun(w *words) int {
	best, run := 0, 0
	for k := range w.tokens {
		t := w.tokens[k]
		if !t.letters || t.digits {
			run = 0
			continue
		}
		same := 1
		for i := t.start + 1; i < t.end; i++ {
			if w.bytes[i] != w.bytes[i-1] || w.bytes[i] >= 0x80 {
				same = 1
				continue
			}
			if same++; same >= letterRun {
				best = max(best, same)
			}
		}
		if k > 0 && run > 0 && string(w.text(w.tokens[k-1])) == string(w.text(t)) {
			run++
		} else {
			run = 1
		}
		if run >= wordRun {
			best = max(best, run)
		}
	}
	return best
}

// cas finds registry numbers of the list: three groups of digits joined by hyphens.
func (x *extractor) cas(at Path) {
	t := x.words.tokens
	for k := 0; k+2 < len(t); k++ {
		a, b, c := t[k], t[k+1], t[k+2]
		if a.letters || b.letters || c.letters || !b.glued || !c.glued || c.end-c.start != 1 || b.end-b.start != 2 || a.end-a.start > 7 {
			continue
		}
		x.buf = append(append(x.buf[:0], x.words.text(a)...), '-')
		x.buf = append(append(append(x.buf, x.words.text(b)...), '-'), x.words.text(c)...)
		if e, ok := lookup(x.lists.lists[listCAS], x.buf); ok {
			x.v.add(fCAS, Observation{Text: e.key, At: at})
		}
	}
}

// namesUN reports whether the words at hand name one of the UN numbers: "UN1361", "UN 1361", "UN NO. 1361".
func (x *extractor) namesUN(numbers []string) bool {
	w := &x.words
	for k, t := range w.tokens {
		number := w.text(t)
		switch {
		case len(number) == 6 && number[0] == 'U' && number[1] == 'N':
			number = number[2:]
		case len(number) == 4 && k > 0 && string(w.text(w.tokens[k-1])) == "UN":
		case len(number) == 4 && k > 1 && string(w.text(w.tokens[k-2])) == "UN" && !w.tokens[k-1].digits:
		default:
			continue
		}
		for _, n := range numbers {
			if string(number) == n {
				return true
			}
		}
	}
	return false
}
