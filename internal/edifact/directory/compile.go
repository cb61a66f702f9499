package directory

import (
	"strings"
	"sync"
)

// A compiled message is a Message prepared for walking: for every row that can be the last one met, and every tag
// of the message, the row that the tag leads to, and what mandatory rows are passed over on the way.
type compiled struct {
	m      *Message
	tags   tagTable
	ntags  int
	next   []transition // by row*ntags + tag
	end    []uint16     // by row: index into missed of what lacks when the message ends there, UNT apart
	alts   []transition // other readings of a tag; number 0 is not used
	misses [][]int16    // lists of mandatory rows passed over; list 0 is empty
	checks []*segmentCheck
	max    []int32 // by row: Node.Max
	paths  []string
}

// A transition says where a tag leads from a row.
type transition struct {
	to     int16  // segment row, -1 for nowhere
	group  int16  // row of the group that begins with it, -1 for none
	missed uint16 // index into misses
	repeat bool   // it begins a further instance of a group that is open
	alt    uint16 // index into alts: the trigger of an open group that the tag can be too; 0 for none
}

// tagTable finds the number of a tag: open addressing on the three bytes.
type tagTable struct {
	key [256]uint32
	val [256]int16
}

func tagKey(t []byte) uint32 { return uint32(t[0])<<16 | uint32(t[1])<<8 | uint32(t[2]) }

func tagSlot(k uint32) uint32 { return k * 0x9E3779B1 >> 24 }

func (t *tagTable) put(k uint32, v int16) {
	i := tagSlot(k)
	for t.key[i] != 0 && t.key[i] != k {
		i = (i + 1) & 255
	}
	t.key[i], t.val[i] = k, v
}

// get gives the tag's number, -1 for a tag that the message does not have.
func (t *tagTable) get(k uint32) int16 {
	i := tagSlot(k)
	for {
		if t.key[i] == k {
			return t.val[i]
		}
		if t.key[i] == 0 {
			return -1
		}
		i = (i + 1) & 255
	}
}

var compiledMessages sync.Map // *Message -> *compiled

func compile(m *Message) *compiled {
	if c, ok := compiledMessages.Load(m); ok {
		return c.(*compiled)
	}
	c := &compiled{m: m, misses: [][]int16{nil}, alts: make([]transition, 1)}
	for i := range m.Nodes {
		n := &m.Nodes[i]
		if n.Group == 0 {
			k := tagKey([]byte(n.Tag))
			if c.tags.get(k) < 0 {
				c.tags.put(k, int16(c.ntags))
				c.ntags++
			}
		}
	}
	c.next = make([]transition, len(m.Nodes)*c.ntags)
	c.end = make([]uint16, len(m.Nodes))
	c.checks = make([]*segmentCheck, len(m.Nodes))
	c.paths = make([]string, len(m.Nodes))
	c.max = make([]int32, len(m.Nodes))
	for a := range m.Nodes {
		c.paths[a], c.max[a] = m.path(a), int32(m.Nodes[a].Max)
		for t := range c.ntags {
			c.next[a*c.ntags+t].to = -1
		}
		if m.Nodes[a].Group > 0 {
			continue
		}
		c.checks[a] = compileSegment(m.Nodes[a].Segment)
		for i := range m.Nodes {
			if m.Nodes[i].Group == 0 {
				t := c.tags.get(tagKey([]byte(m.Nodes[i].Tag)))
				if tr := &c.next[a*c.ntags+int(t)]; tr.to < 0 {
					if found := m.candidates(a, m.Nodes[i].Tag); len(found) > 0 {
						*tr = c.transition(a, found[0])
						for _, other := range found[1:] {
							if g := m.triggers(other); g >= 0 && m.within(a, g) {
								c.alts = append(c.alts, c.transition(a, other))
								tr.alt = uint16(len(c.alts) - 1)
								break
							}
						}
					}
				}
			}
		}
		c.end[a] = c.intern(m.passedOver(a, len(m.Nodes)-1))
	}
	got, _ := compiledMessages.LoadOrStore(m, c)
	return got.(*compiled)
}

func (c *compiled) transition(a, to int) transition {
	tr := transition{to: int16(to), group: -1, missed: c.intern(c.m.passedOver(a, to))}
	if g := c.m.triggers(to); g >= 0 {
		tr.group = int16(g)
		tr.repeat = c.m.within(a, g)
	}
	return tr
}

func (c *compiled) intern(rows []int16) uint16 {
	if len(rows) == 0 {
		return 0
	}
	c.misses = append(c.misses, rows)
	return uint16(len(c.misses) - 1)
}

// triggers gives the group that segment row i begins, -1 if it is no trigger.
func (m *Message) triggers(i int) int {
	if g := m.Nodes[i].Parent; g >= 0 && i == g+1 {
		return g
	}
	return -1
}

// within reports whether row i is inside group g.
func (m *Message) within(i, g int) bool { return i > g && i < m.Nodes[g].End }

// candidates gives the segment rows that a segment tag can mean after row a, the nearest first: the same row again,
// a later row of the same group, the group's own trigger again, and so on outwards. Position decides, never a group's
// number: a RFF after a NAD or an onward TDT belongs to them, and only one that they cannot take begins a new bill.
func (m *Message) candidates(a int, tag string) []int {
	var out []int
	at := a
	for {
		n := &m.Nodes[at]
		parent := n.Parent
		if at == a {
			if n.Tag == tag && m.triggers(a) < 0 && n.Max > 1 {
				out = append(out, a)
			}
		} else if n.Tag == tag { // a group: its trigger again
			out = append(out, at+1)
		}
		end := len(m.Nodes)
		if parent >= 0 {
			end = m.Nodes[parent].End
		}
		for i := n.End; i < end; i = m.Nodes[i].End {
			if m.Nodes[i].Tag == tag {
				if m.Nodes[i].Group > 0 {
					out = append(out, i+1)
				} else {
					out = append(out, i)
				}
			}
		}
		if parent < 0 {
			return out
		}
		at = parent
	}
}

// passedOver gives the mandatory rows (segments, and groups by their heading) that lack when the segment row to
// comes after row a.
func (m *Message) passedOver(a, to int) []int16 {
	var out []int16
	target := to
	if g := m.triggers(to); g >= 0 {
		target = g // a group stands for its trigger among its siblings
	}
	at := a
	for {
		n := &m.Nodes[at]
		if at == target {
			return out // the same row or group again
		}
		end := len(m.Nodes)
		if n.Parent >= 0 {
			end = m.Nodes[n.Parent].End
		}
		for i := n.End; i < end; i = m.Nodes[i].End {
			if i == target {
				return out
			}
			if m.Nodes[i].Mandatory {
				out = append(out, int16(i))
			}
		}
		if n.Parent < 0 {
			return out
		}
		at = n.Parent
	}
}

// path gives the row's place by trigger tags, "CNI/RFF/NAD/CTA": the same for all releases, whatever number a
// release gives to the groups. A group's heading and its trigger have the same path, and so has a plain segment that
// another release makes a trigger.
func (m *Message) path(i int) string {
	var tags []string
	n := &m.Nodes[i]
	if m.triggers(i) < 0 {
		tags = append(tags, n.Tag)
	}
	for p := n.Parent; p >= 0; p = m.Nodes[p].Parent {
		tags = append(tags, m.Nodes[p].Tag)
	}
	for a, b := 0, len(tags)-1; a < b; a, b = a+1, b-1 {
		tags[a], tags[b] = tags[b], tags[a]
	}
	return strings.Join(tags, "/")
}

// Path gives the place of row i by trigger tags: see the package comment.
func (m *Message) Path(i int) string { return compile(m).paths[i] }
