package scoring

// A matcher finds the phrases of all word lists in a text at once. It is built once and never changes, so that any
// number of goroutines may use it; a search allocates nothing.
//
// It is a trie over words, not letters: "SULPHUR DIOXIDE" is two steps, and a phrase can only begin and end between
// words. At each word the longest phrase of each list counts, and what it covers is not looked at again for that list;
// an exclusion ("! toy gun") covers in the same way and finds nothing.
type matcher struct {
	vocabulary map[string]uint32 // stemmed word → id from 1
	first      []uint32          // word id → node, 0 for none
	next       map[uint64]uint32 // node<<32 | word id → node
	nodes      []matchNode       // nodes[0] stands for none
}

type matchNode struct {
	ends []phraseEnd
	leaf bool // no phrase goes on from here
}

// phraseEnd says that a phrase of a list ends at a node.
type phraseEnd struct {
	list      ListNumber
	entry     uint32 // in the list's entries
	exclusion bool
}

// hit is a phrase found in a text.
type hit struct {
	list       ListNumber
	entry      uint32
	start, end int32 // tokens
}

func newMatcher() *matcher {
	return &matcher{vocabulary: map[string]uint32{}, first: make([]uint32, 1), next: map[uint64]uint32{}, nodes: make([]matchNode, 1)}
}

// insert adds a phrase. It reports whether the phrase has a word, and whether the list had it before.
func (m *matcher) insert(w *words, phrase string, end phraseEnd) (ok, twice bool) {
	w.reset()
	w.add(phrase)
	if len(w.tokens) == 0 {
		return false, false
	}
	node := uint32(0)
	for _, t := range w.tokens {
		word := string(w.stemmed(t))
		id := m.vocabulary[word]
		if id == 0 {
			id = uint32(len(m.vocabulary) + 1)
			m.vocabulary[word] = id
			m.first = append(m.first, 0)
		}
		node = m.step(node, id)
	}
	for _, e := range m.nodes[node].ends {
		if e.list == end.list {
			return true, true
		}
	}
	m.nodes[node].ends = append(m.nodes[node].ends, end)
	return true, false
}

// step goes on from a node by a word, making the way.
func (m *matcher) step(node, id uint32) uint32 {
	key := uint64(node)<<32 | uint64(id)
	to := m.next[key]
	if node == 0 {
		to = m.first[id]
	}
	if to != 0 {
		return to
	}
	to = uint32(len(m.nodes))
	m.nodes = append(m.nodes, matchNode{leaf: true})
	m.nodes[node].leaf = false
	if node == 0 {
		m.first[id] = to
	} else {
		m.next[key] = to
	}
	return to
}

// search is the room that finding phrases needs.
type search struct {
	hits  []hit
	found []foundEnd
	until [numLists]int32 // by list: the first token that is not covered yet
}

type foundEnd struct {
	end  phraseEnd
	stop int32
}

// find looks for the phrases of the wanted lists in w and leaves them in s.hits, in the order of the text. It may be
// asked once for each filling of w, because it looks words up by their stems.
func (m *matcher) find(s *search, w *words, wanted listSet) {
	s.hits = s.hits[:0]
	for i := range w.tokens {
		t := &w.tokens[i]
		t.id = m.vocabulary[string(w.stemmed(*t))]
	}
	s.until = [numLists]int32{}
	for i := range w.tokens {
		node := m.first[w.tokens[i].id]
		if node == 0 {
			continue
		}
		s.found = s.found[:0]
		for j := i; ; {
			n := &m.nodes[node]
			j++
			for _, e := range n.ends {
				if wanted.has(e.list) {
					s.found = append(s.found, foundEnd{e, int32(j)})
				}
			}
			if n.leaf || j >= len(w.tokens) || w.tokens[j].id == 0 {
				break
			}
			if node = m.next[uint64(node)<<32|uint64(w.tokens[j].id)]; node == 0 {
				break
			}
		}
		var done listSet
		for k := len(s.found) - 1; k >= 0; k-- {
			f := &s.found[k]
			list := f.end.list
			if done.has(list) {
				continue
			}
			done.add(list)
			if int32(i) < s.until[list] {
				continue
			}
			s.until[list] = f.stop
			if !f.end.exclusion {
				s.hits = append(s.hits, hit{list, f.end.entry, int32(i), f.stop})
			}
		}
	}
}

// listSet is a set of lists.
type listSet [2]uint64

// There is a bit for every list.
var _ [128 - int(numLists)]struct{}

func (s listSet) has(l ListNumber) bool    { return s[l>>6]>>(l&63)&1 != 0 }
func (s *listSet) add(l ListNumber)        { s[l>>6] |= 1 << (l & 63) }
func (s listSet) or(other listSet) listSet { return listSet{s[0] | other[0], s[1] | other[1]} }
func (s listSet) meets(other listSet) bool { return s[0]&other[0] != 0 || s[1]&other[1] != 0 }

func setOf(lists ...ListNumber) listSet {
	var s listSet
	for _, l := range lists {
		s.add(l)
	}
	return s
}
