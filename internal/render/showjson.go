package render

import (
	"bufio"
	"bytes"
	"encoding/json"
)

// A jsonPrinter writes segments as a JSON array, one on a line.
type jsonPrinter struct {
	out   *bufio.Writer
	line  bytes.Buffer
	enc   *json.Encoder // into line
	begun bool
}

func newJSONPrinter(out *bufio.Writer) *jsonPrinter {
	p := &jsonPrinter{out: out}
	p.enc = json.NewEncoder(&p.line)
	p.enc.SetEscapeHTML(false)
	return p
}

func (p *jsonPrinter) segment(s *Segment) error {
	p.line.Reset()
	if s.Elements == nil {
		s.Elements = []Element{} // an empty list, not null
	}
	if err := p.enc.Encode(s); err != nil {
		return err
	}
	if p.begun {
		p.out.WriteByte(',')
	} else {
		p.out.WriteByte('[')
		p.begun = true
	}
	p.out.WriteByte('\n')
	_, err := p.out.Write(bytes.TrimSuffix(p.line.Bytes(), []byte("\n")))
	return err
}

func (p *jsonPrinter) end() error {
	if !p.begun {
		p.out.WriteByte('[')
	}
	_, err := p.out.WriteString("\n]\n")
	return err
}
