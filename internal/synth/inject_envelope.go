package synth

import (
	"strconv"
	"strings"
)

// envelopeKinds break UNB, UNH, UNT and UNZ.
var envelopeKinds = []kind{
	{"interchange-count", "EDI0029", func(p *plan) bool {
		return p.wrongCount(p.unz, "UNZ states %s messages instead of %s")
	}},
	{"interchange-reference", "EDI0028", func(p *plan) bool {
		return p.wrongReference(p.unz, "UNZ repeats the reference of UNB as %s instead of %s")
	}},
	{"interchange-trailer-missing", "EDI1002", func(p *plan) bool {
		p.replace(span{p.segments[p.unz].off, p.after(p.unz)}, "")
		p.finding = mark{off: len(p.src), after: true}
		p.describe("UNZ is missing")
		return true
	}},
	{"interchange-date", "EDI1022", func(p *plan) bool {
		s, ok := p.filled(p.unb, 4, 1)
		if !ok || s.end-s.off != 6 {
			return false
		}
		old := string(p.src[s.off:s.end])
		p.wrong(s, old[:2]+pick(p.r, []string{"13", "00", "77"})+old[4:])
		p.describe("the date of UNB has a month that there is not")
		return true
	}},
	{"interchange-sender-missing", "EDI0013", func(p *plan) bool {
		return p.emptied(p.unb, 2, 1, "the sender in UNB is empty")
	}},
	{"interchange-recipient-missing", "EDI0013", func(p *plan) bool {
		s, ok := p.elementSpan(p.unb, 3)
		if !ok || s.off == s.end {
			return false
		}
		p.wrong(s, "")
		p.describe("the recipient in UNB is empty, with its qualifier")
		return true
	}},
	{"interchange-reference-too-long", "EDI0039", func(p *plan) bool {
		s, _ := p.filled(p.unb, 5, 1)
		t, ok := p.filled(p.unz, 2, 1)
		if !ok {
			return false
		}
		long := "ICR" + strconv.Itoa(p.r.in(100000000, 999999999)) + strings.Repeat("7", p.r.in(3, 9)) // an..14
		p.wrong(s, long)
		p.replace(t, long)
		p.mayHere("EDI0039", t)
		p.describe("the control reference of UNB and UNZ has %d characters", len(long))
		return true
	}},
	{"byte-order-mark", "EDI1015", func(p *plan) bool {
		if p.src[0] != 'U' {
			return false
		}
		p.wrong(span{0, 0}, "\xEF\xBB\xBF")
		p.describe("the file begins with the byte order mark of UTF-8")
		return true
	}},
	{"message-count", "EDI0029", func(p *plan) bool {
		return p.wrongCount(p.message().unt, "UNT states %s segments instead of %s")
	}},
	{"message-reference", "EDI0028", func(p *plan) bool {
		return p.wrongReference(p.message().unt, "UNT repeats the reference of UNH as %s instead of %s")
	}},
	{"message-trailer-missing", "EDI1003", func(p *plan) bool {
		unt := p.message().unt
		if unt+1 >= len(p.segments) {
			return false
		}
		p.replace(span{p.segments[unt].off, p.after(unt)}, "")
		p.noticed(unt + 1)
		p.describe("UNT is missing before %s", p.tag(unt+1))
		return true
	}},
	{"message-reference-duplicate", "EDI0026", func(p *plan) bool {
		if len(p.messages) < 2 {
			return false
		}
		second := p.r.in(1, len(p.messages)-1)
		first := p.r.n(second)
		old := p.value(p.messages[first].unh, 1, 1)
		s, _ := p.filled(p.messages[second].unh, 1, 1)
		t, ok := p.filled(p.messages[second].unt, 2, 1)
		if !ok {
			return false
		}
		p.wrong(s, old)
		p.replace(t, old)
		p.describe("message %d has the reference of message %d", second+1, first+1)
		return true
	}},
	{"message-type-unknown", "EDI0014", func(p *plan) bool {
		s, ok := p.filled(p.message().unh, 2, 1)
		if !ok {
			return false
		}
		p.wrong(s, pick(p.r, []string{"CUSCAX", "QUSCAR", "ZZZZZZ"}))
		p.describe("UNH names a message type that there is not")
		return true
	}},
}

// filled is at, and false too where the component is empty.
func (p *plan) filled(seg, n, c int) (span, bool) {
	s, ok := p.at(seg, n, c)
	return s, ok && s.off < s.end
}

// wrongCount changes the number in the first element of a trailer.
func (p *plan) wrongCount(seg int, text string) bool {
	s, ok := p.filled(seg, 1, 1)
	old, err := strconv.Atoi(string(p.src[s.off:s.end]))
	if !ok || err != nil {
		return false
	}
	n := itoa(old + p.r.in(1, 283))
	p.wrong(s, n)
	p.describe(text, n, itoa(old))
	return true
}

// wrongReference changes the last character of the reference in the second element of a trailer.
func (p *plan) wrongReference(seg int, text string) bool {
	s, ok := p.filled(seg, 2, 1)
	if !ok {
		return false
	}
	old := string(p.src[s.off:s.end])
	ref := old[:len(old)-1] + "Q"
	p.wrong(s, ref)
	p.describe(text, ref, old)
	return true
}

// emptied takes out the text of a component and keeps its separators.
func (p *plan) emptied(seg, n, c int, text string) bool {
	s, ok := p.filled(seg, n, c)
	if !ok {
		return false
	}
	p.wrong(s, "")
	p.describe("%s", text)
	return true
}
