package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"cargogate/internal/diag"
	"cargogate/internal/intake"
)

// A CheckObject writes the check object of the contract: one JSON object with every file, its interchanges, messages
// and findings. Messages are written when they are read.
type CheckObject struct {
	out   *bufio.Writer
	line  bytes.Buffer
	enc   *json.Encoder // into line
	texts *diag.Texts
	files int
	bare  bool // writes the objects of files alone
	name  string
	at    stage
}

// A stage is how far the object of a file has been written: everything that was opened has to be closed.
type stage uint8

const (
	notBegun     stage = iota
	interchanges       // in the list of interchanges, which is empty
	interchange        // in an interchange, whose list of messages is empty
	messages           // in it, behind a message
)

// NewCheckObject gives a Sink that writes the check object to w; nil texts are English.
func NewCheckObject(w io.Writer, texts *diag.Texts) *CheckObject {
	c := &CheckObject{out: bufio.NewWriterSize(w, 32<<10), texts: texts}
	c.enc = json.NewEncoder(&c.line)
	c.enc.SetEscapeHTML(false)
	return c
}

// NewFileObject is NewCheckObject without the object around: of one file it writes its element of "files".
func NewFileObject(w io.Writer, texts *diag.Texts) *CheckObject {
	c := NewCheckObject(w, texts)
	c.out, c.bare = bufio.NewWriterSize(w, 4<<10), true // what it writes to is in memory
	return c
}

// Begin starts a file's object.
func (c *CheckObject) Begin(name string) intake.Handler {
	c.name, c.at = name, notBegun
	return intake.Handler{File: c.file, Interchange: c.interchange, Message: c.message}
}

func (c *CheckObject) file(f *intake.File) error {
	c.open()
	c.at = interchanges
	return c.openObject(struct {
		File    string `json:"file"`
		Format  string `json:"format"`
		Bytes   int64  `json:"bytes"`
		Charset string `json:"charset,omitempty"`
	}{c.name, f.Format, f.Bytes, f.Charset}, "interchanges")
}

func (c *CheckObject) interchange(ic *intake.Interchange) error {
	if c.at != interchanges {
		c.out.WriteString("]},")
	}
	c.at = interchange
	c.out.WriteByte('\n')
	return c.openObject(struct {
		Sender           string `json:"sender"`
		Recipient        string `json:"recipient"`
		ControlReference string `json:"control_reference"`
		Test             bool   `json:"test"`
		Accepted         bool   `json:"accepted"`
	}{ic.Sender, ic.Recipient, ic.ControlReference, ic.Test, ic.Accepted}, "messages")
}

func (c *CheckObject) message(m *intake.Message) error {
	if c.at == messages {
		c.out.WriteByte(',')
	}
	c.at = messages
	c.out.WriteByte('\n')
	_, err := c.out.Write(c.json(struct {
		Type      string `json:"type"`
		Version   string `json:"version"`
		Reference string `json:"reference"`
		Function  string `json:"function"`
		Segments  int    `json:"segments"`
		Accepted  bool   `json:"accepted"`
		Totals    totals `json:"totals"`
	}{m.Type, m.Version, m.Reference, m.Function, m.Segments, m.Accepted, totals{
		MasterBills: m.Totals.MasterBills, Consignments: m.Totals.Consignments, GoodsItems: m.Totals.GoodsItems,
		Equipment: m.Totals.Equipment, Packages: m.Totals.Packages, GrossMassKg: m.Totals.GrossMass.String(),
	}}))
	return err
}

// totals are a message's totals in JSON. The mass is a decimal and so a string.
type totals struct {
	MasterBills  int64  `json:"master_bills"`
	Consignments int64  `json:"consignments"`
	GoodsItems   int64  `json:"goods_items"`
	Equipment    int64  `json:"equipment"`
	Packages     int64  `json:"packages"`
	GrossMassKg  string `json:"gross_mass_kg"`
}

// open writes what stands before a file's object.
func (c *CheckObject) open() {
	if c.bare {
		return
	}
	if c.files == 0 {
		c.out.WriteString(`{"schema":1,"files":[`)
	} else {
		c.out.WriteByte(',')
	}
	c.out.WriteByte('\n')
	c.files++
}

// openObject writes a struct as an object that stays open, with a list opened as its last field.
func (c *CheckObject) openObject(v any, list string) error {
	c.out.Write(bytes.TrimSuffix(c.json(v), []byte("}")))
	_, err := c.out.WriteString(`,"` + list + `":[`) // an earlier error stays in the writer
	return err
}

// json gives a value in JSON, valid until the next call.
func (c *CheckObject) json(v any) []byte {
	c.line.Reset()
	if err := c.enc.Encode(v); err != nil {
		panic(err) // plain fields only
	}
	return bytes.TrimSuffix(c.line.Bytes(), []byte("\n"))
}

// End writes the findings and counts of the file. Of a file whose reading failed it says so in "error": what stands
// before is then not all.
func (c *CheckObject) End(o intake.Original, r *intake.Result, failure error) error {
	if c.at == notBegun {
		if err := c.file(&intake.File{Format: intake.FormatUnknown, Bytes: o.Size}); err != nil {
			return err
		}
	}
	if c.at == interchange || c.at == messages {
		c.out.WriteString("]}")
	}
	c.out.WriteString("],\n\"findings\":[")
	var counts diag.Counts
	if r != nil {
		counts = r.Counts
		var line []byte
		for i := range r.Findings {
			if i > 0 {
				c.out.WriteByte(',')
			}
			line = diag.AppendFindingJSON(append(line[:0], '\n'), &r.Findings[i], c.texts)
			c.out.Write(line)
		}
	}
	c.out.WriteString("],\n\"counts\":")
	c.out.Write(c.json(counts))
	if failure != nil {
		c.out.WriteString(`,"error":`)
		c.out.Write(c.json(failure.Error()))
	}
	_, err := c.out.WriteString("}")
	return err
}

// Close ends the object; without a file its list of files is empty.
func (c *CheckObject) Close() error {
	if c.bare {
		return c.out.Flush()
	}
	if c.files == 0 {
		c.out.WriteString(`{"schema":1,"files":[`)
	}
	c.out.WriteString("]}\n")
	return c.out.Flush()
}
