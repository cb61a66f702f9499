package synth

// characterKinds put single bytes where they do not belong.
var characterKinds = []kind{
	{"control-character", "EDI0021", func(p *plan) bool {
		at := p.inText()
		if at < 0 {
			return false
		}
		c := pick(p.r, []string{"\x01", "\x07", "\x1b"})
		p.wrong(span{at, at}, c)
		p.describe("a text holds the control character %02X", c[0])
		return true
	}},
	{"needless-release", "EDI1012", func(p *plan) bool {
		at := p.inText()
		if at < 0 {
			return false
		}
		p.insert(at, string(p.release))
		p.finding, p.length = mark{off: at}, 2
		p.describe("a release character stands before a letter")
		return true
	}},
	{"line-break-in-code", "EDI1013", func(p *plan) bool {
		_, _, seg := p.segment("LOC", func(seg int) bool { return len(p.value(seg, 2, 1)) == 5 })
		if seg < 0 {
			return false
		}
		s, _ := p.at(seg, 2, 1)
		at := s.off + p.r.in(1, 4)
		p.wrong(span{at, at}, pick(p.r, []string{"\n", "\r\n"}))
		p.describe("a line break stands inside a place code")
		return true
	}},
}

// inText gives a place before a letter, and behind another, in the name of a party or the description of goods; -1
// where there is none.
func (p *plan) inText() int {
	tag, n := "FTX", 4
	if p.r.pct(40) {
		tag, n = "PCI", 2
	}
	_, _, seg := p.segment(tag, func(seg int) bool { return len(p.value(seg, n, 1)) > 8 })
	if seg < 0 {
		return -1
	}
	s, _ := p.at(seg, n, 1)
	start := p.r.n(s.end - s.off)
	for k := range s.end - s.off {
		at := s.off + (start+k)%(s.end-s.off)
		if at > s.off && isLetter(p.src[at-1]) && isLetter(p.src[at]) {
			return at
		}
	}
	return -1
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' }
