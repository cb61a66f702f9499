package cuscar

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/diag"
	"cargogate/internal/edi"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/directory"
)

// message wraps segments, a line each, in a message of D.95B with the right count.
func message(segments string) []byte {
	lines := strings.Fields(segments)
	var b bytes.Buffer
	b.WriteString("UNB+UNOC:3+A+B+261123:0915+1'UNH+1+CUSCAR:D:95B:UN'")
	for _, l := range lines {
		b.WriteString(l + "'")
	}
	fmt.Fprintf(&b, "UNT+%d+1'UNZ+1+1'", len(lines)+2)
	return b.Bytes()
}

// run reads one message with a mapper of its own.
func run(tb testing.TB, file []byte, sink Sink) []diag.Finding {
	tb.Helper()
	var found []diag.Finding
	add := func(f diag.Finding) { found = append(found, f) }
	drive(tb, file, add, nil, "", NewMapper(sink, add), &result{})
	return found
}

func find(findings []diag.Finding, code diag.Code) *diag.Finding {
	for i := range findings {
		if findings[i].Code == code {
			return &findings[i]
		}
	}
	return nil
}

func TestLevels(t *testing.T) {
	const goods = " GID+1+1:CT "
	for _, tt := range []struct {
		name, segments string
		want           []string // level and parent of each consignment
	}{
		{"one bill", "CNI+1+A RFF+BM:A" + goods, []string{"simple "}},
		{"master alone", "CNI+1+A RFF+MB:A" + goods, []string{"master "}},
		{"master and houses", "CNI+1+A RFF+MB:A" + goods + "RFF+BH:H1" + goods + "RFF+BH:H2" + goods,
			[]string{"master ", "house master_bill A", "house master_bill A"}},
		{"a bill that houses follow", "CNI+1+A RFF+BM:A" + goods + "RFF+BH:H1" + goods, []string{"master ", "house bill A"}},
		{"a bill that bills follow", "CNI+1+A RFF+BM:A" + goods + "RFF+BM:B" + goods, []string{"simple ", "simple "}},
		{"a house of another's master", "CNI+1+M RFF+BH:H1" + goods, []string{"house master_bill M"}},
		{"a house that names itself", "CNI+1+H1 RFF+BH:H1" + goods, []string{"house "}},
		{"a house of a house", "CNI+1+A RFF+MB:A" + goods + "RFF+BH:H1" + goods + "CNI+2+H1 RFF+BH:S1" + goods,
			[]string{"master ", "house master_bill A", "sub_house house_bill H1"}},
		{"air", "CNI+1+02012345675 RFF+MWB:02012345675" + goods + "RFF+HWB:H9" + goods, []string{"master ", "house master_awb 02012345675"}},
		{"another qualifier", "CNI+1+A RFF+AAA:A" + goods, []string{"simple "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			run(t, message("BGM+85+1+9 TDT+20+1 "+tt.segments), Sink{Consignment: func(c *cargo.Consignment) {
				got = append(got, strings.TrimSuffix(fmt.Sprintf("%s %s %s", c.Level, c.Parent.Kind, c.Parent.Number), " "))
			}})
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	m := NewMapper(Sink{}, nil)
	msg, _ := directory.Lookup("CUSCAR", "D", "95B", 3)
	w := directory.NewWalker(nil, func() []byte { return nil }, m.Choose)
	dec := edifact.NewDecoder(bytes.NewReader(message("BGM+85+1+9 TDT+20+1 CNI+1+A RFF+AAA:A")))
	var rff *edi.Segment
	row := -1
	for {
		s, err := dec.ReadSegment()
		if err != nil {
			break
		}
		if dec.Kind() == edifact.MessageHeader {
			w.Begin(msg, directory.Subject{})
			m.Begin("", dec.Interchange(), dec.Message(), w, false)
		}
		if dec.SegmentNumber() == 0 || dec.Kind() == edifact.MessageTrailer {
			continue
		}
		p := w.Step(s)
		m.Segment(s, p)
		if string(s.Tag()) == "RFF" {
			row, rff = p.Row, s.Clone()
		}
	}
	if !m.Choose(row, rff) {
		t.Error("the qualifier of the current bill does not begin another")
	}
	for q, want := range map[string]bool{"BM": true, "MB": true, "BH": true, "AWB": true, "MWB": true, "HWB": true, "AAM": true,
		"AAS": true, "BN": false, "UCN": false, "ABT": false, "": false} {
		d := edifact.NewDecoder(strings.NewReader("RFF+" + q + ":X'"))
		s, err := d.ReadSegment()
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Choose(row, s); got != want {
			t.Errorf("RFF+%s begins a bill: %v", q, got)
		}
		if !m.Choose(0, s) {
			t.Error("another row's trigger does not begin")
		}
	}
}

// A further reference before the goods of a bill is a reference of that bill.
func TestReferenceOfABill(t *testing.T) {
	bills := 0
	run(t, message("BGM+85+1+9 TDT+20+1 CNI+1+A RFF+BM:A RFF+BN:BK1 RFF+ABT:D1 GID+1+1:CT"), Sink{Consignment: func(c *cargo.Consignment) {
		bills++
		if len(c.Documents) != 2 || c.Documents[1].Kind != cargo.DocumentBooking || c.Documents[1].Number != "BK1" {
			t.Errorf("documents %+v", c.Documents)
		}
		if len(c.References) != 1 || c.References[0].Number != "D1" {
			t.Errorf("references %+v", c.References)
		}
	}})
	if bills != 1 {
		t.Errorf("%d bills", bills)
	}
}

// The conveyance of the main carriage is the call of the bills, whatever order the header has; the others are calls too.
func TestMainConveyance(t *testing.T) {
	var calls []string
	run(t, message("BGM+85+1+9 TDT+10+FEED+3 LOC+11+DEHAM:139:6 TDT+20+MAIN+1 LOC+60+NLRTM:139:6 LOC+5+CNSHA:139:6 TDT+30+ON+2 CNI+1+A RFF+BM:A GID+1+1:CT"), Sink{
		Call: func(c *cargo.Call) { calls = append(calls, c.Conveyance.Voyage+" "+c.Port) },
		Consignment: func(c *cargo.Consignment) {
			if c.Call == nil || c.Call.Conveyance.Voyage != "MAIN" || c.Mode != cargo.ModeMaritime {
				t.Errorf("call %+v", c.Call)
			}
		},
	})
	if fmt.Sprint(calls) != "[FEED DEHAM ON  MAIN NLRTM]" {
		t.Errorf("calls %q", calls)
	}
}

// A report of departure is about the port that the ship leaves.
func TestPortOfDeparture(t *testing.T) {
	for begin, want := range map[string]string{"BGM+833+1+9": "CNSHA", "BGM+85+1+9": "NLRTM"} {
		run(t, message(begin+" TDT+20+V+1 LOC+5+CNSHA:139:6 LOC+60+NLRTM:139:6 CNI+1+A RFF+BM:A LOC+9+CNSHA:139:6 LOC+11+NLRTM:139:6 GID+1+1:CT"), Sink{
			Call: func(c *cargo.Call) {
				if c.Port != want {
					t.Errorf("%s: port %s, want %s", begin, c.Port, want)
				}
			},
			Consignment: func(c *cargo.Consignment) {
				if (want == "CNSHA") != (c.Flow == cargo.FlowExport) {
					t.Errorf("%s: flow %s", begin, c.Flow)
				}
			},
		})
	}
}

// A message that is refused as a whole is read all the same, and everything in it is unaccepted.
func TestRefused(t *testing.T) {
	file := message("BGM+85+1+9 TDT+20+V+1 CNI+1+A RFF+BM:A GID+1+1:CT")
	n := 0
	check := func(s cargo.Status) {
		n++
		if s != cargo.StatusUnaccepted {
			t.Errorf("status %s", s)
		}
	}
	m := NewMapper(Sink{Filing: func(f *cargo.Filing) { check(f.Status) }, Consignment: func(c *cargo.Consignment) { check(c.Status) }}, nil)
	all, ic, head, w := steps(t, file)
	m.Begin("", ic, head, w, true)
	for _, s := range all {
		m.Segment(s.s, s.p)
	}
	if got := m.End(); n != 2 || got.Consignments != 1 || got.Function != "9" {
		t.Errorf("%d records, totals %+v", n, got)
	}
	if m.End() != (Totals{}) {
		t.Error("a message ended twice")
	}
}

// Equipment beyond MaxEquipment goes to the caller; what is known is still checked.
func TestOverflow(t *testing.T) {
	var b strings.Builder
	b.WriteString("BGM+85+1+9 TDT+20+V+1 ")
	for i := range MaxEquipment + 3 {
		fmt.Fprintf(&b, "EQD+CH+E%d ", i)
	}
	fmt.Fprintf(&b, "CNI+1+A RFF+BM:A GID+1+1:CT SGP+E0+1 SGP+E%d+1 SGP+E%d+1 ", MaxEquipment+2, MaxEquipment+9)
	var over []string
	records, named := 0, 0
	sink := Sink{
		Overflow: func(o Overflow) {
			if o.At.Length != len(o.ID) {
				t.Errorf("%s at %+v", o.ID, o.At)
			}
			over = append(over, fmt.Sprint(o.ID, o.Declared))
		},
		Equipment:   func(*cargo.TransportEquipment) { records++ },
		Consignment: func(c *cargo.Consignment) { named = len(c.Equipment) },
	}
	found := run(t, message(b.String()), sink)
	want := fmt.Sprintf("[E%dtrue E%dtrue E%dtrue E%dfalse E%dfalse]", MaxEquipment, MaxEquipment+1, MaxEquipment+2, MaxEquipment+2, MaxEquipment+9)
	if fmt.Sprint(over) != want {
		t.Errorf("overflow %v, want %s", over, want)
	}
	if records != MaxEquipment+3 || named != 3 {
		t.Errorf("%d records, %d pieces named", records, named)
	}
	if find(found, diag.EquipmentNotDeclared) != nil || find(found, diag.EquipmentCheckLimited) != nil {
		t.Error("what cannot be known is reported")
	}
	if f := find(found, diag.EquipmentNotUsed); f == nil || f.Value != "E1" {
		t.Errorf("the first that is not used is %+v", f)
	}
	sink.Overflow = nil
	if f := find(run(t, message(b.String()), sink), diag.EquipmentCheckLimited); f == nil || f.Arg("max") != fmt.Sprint(MaxEquipment) {
		t.Errorf("nothing says that the check was limited: %+v", f)
	}
}

// A bill takes in a bounded number of segments; what comes after them is unmapped, and said once.
func TestBillIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("BGM+85+1+9 TDT+20+V+1 CNI+1+A RFF+BM:A ")
	b.WriteString(strings.Repeat("GID+1+1:CT ", maxSegments+50))
	b.WriteString("CNI+2+B RFF+BM:B GID+1+1:CT ")
	items, lost := []int{}, 0
	found := run(t, message(b.String()), Sink{
		Consignment: func(c *cargo.Consignment) { items = append(items, len(c.Items)) },
		Unmapped: func(u *cargo.Unmapped) {
			if u.Reason == reasonNoGroup {
				lost++
			}
		},
	})
	if fmt.Sprint(items) != fmt.Sprint([]int{maxSegments, 1}) || lost != 50 {
		t.Errorf("items %v, %d unmapped", items, lost)
	}
	limits := 0
	for _, f := range found {
		if f.Code == diag.LimitExceeded {
			limits++
		}
	}
	if limits != 1 {
		t.Errorf("%d findings of the limit", limits)
	}
}

// Records of one message show nothing of the message before.
func TestMapperIsReused(t *testing.T) {
	for _, g := range goldens(t) {
		res := read(t, "", g.input)
		var again []string
		sink := Sink{
			Filing:      func(f *cargo.Filing) { again = append(again, string(f.AppendJSON(nil))) },
			Call:        func(c *cargo.Call) { again = append(again, string(c.AppendJSON(nil))) },
			Consignment: func(c *cargo.Consignment) { again = append(again, string(c.Clone().AppendJSON(nil))) },
			Equipment:   func(e *cargo.TransportEquipment) { again = append(again, string(e.AppendJSON(nil))) },
			Unmapped:    func(u *cargo.Unmapped) { again = append(again, string(u.AppendJSON(nil))) },
		}
		m := NewMapper(sink, nil)
		for _, other := range goldens(t) {
			drive(t, other.input, func(diag.Finding) {}, nil, "", m, &result{})
		}
		again = nil
		drive(t, g.input, func(diag.Finding) {}, res.charsets, "", m, &result{})
		if strings.Join(again, "\n") != strings.TrimSuffix(recordLines(res), "\n") {
			t.Errorf("%s: other records after other messages", g.name)
		}
	}
}

// Without a sink or a report the totals are the same.
func TestTotalsNeedNoSink(t *testing.T) {
	for _, g := range goldens(t) {
		res := read(t, "", g.input)
		bare := &result{}
		drive(t, g.input, func(diag.Finding) {}, res.charsets, "", NewMapper(Sink{}, nil), bare)
		if fmt.Sprint(bare.totals) != fmt.Sprint(res.totals) || bare.mapped != res.mapped {
			t.Errorf("%s: %+v, with a sink %+v", g.name, bare.totals, res.totals)
		}
	}
}
