package assess

import (
	"bytes"
	"strings"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/intake"
	"cargogate/internal/scoring"
)

func engine(t *testing.T) *scoring.Engine {
	t.Helper()
	e, err := scoring.NewEngine(scoring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// message is a CUSCAR with these bills: segments of each, from CNI on.
func message(control, reference, function string, bills ...string) string {
	s := "UNH+1+CUSCAR:D:95B:UN'BGM+85+" + reference + "+" + function + "'DTM+137:202611200925:203'NAD+MS+NKAI'TDT+20+047W+1++NKAI:172:20+++9732149:146::NORDIC HERON:LR'" +
		"DTM+132:202611232200UTC:303'GIS+23'EQD+CN+HLBU1352063+22G1:102:5++3+5'MEA+AAE+G+KGM:9410'SEL+NQ1+CA'" + strings.Join(bills, "")
	s += "UNT+" + "0" + "+1'"
	return "UNB+UNOC:3+NKAI:ZZZ+CUSTOMSGATE:ZZZ+261120:0930+" + control + "'" + s + "UNZ+1+" + control + "'"
}

func bill(sequence, kind, number, parent, consignee, mass string) string {
	s := "CNI+" + sequence + "+" + number
	if parent != "" {
		s = "CNI+" + sequence + "+" + parent
	}
	s += "'RFF+" + kind + ":" + number + "'CNT+7:" + mass + ":KGM'CNT+8:80'LOC+9+INNSA:139:6'LOC+11+NLRTM:139:6'GIS+23:109:ZZZ'NAD+CZ+++KAVERI WORKS+14 DOCK ROAD+MUMBAI++400001+IN'NAD+CN+++" +
		consignee + "+KADE 7+ROTTERDAM++3089+NL'GID+1+80:CT'FTX+AAA+++COTTON TOWELS'MEA+AAE+G+KGM:" + mass + "'SGP+HLBU1352063+80'CST++630260:122'"
	return s
}

func original(name, text string) intake.Original {
	return intake.Original{Name: name, ReaderAt: strings.NewReader(text), Size: int64(len(text))}
}

type scored struct {
	number, reasons string
	points          int
	line            string
}

// scores reads texts as the program does.
func scores(t *testing.T, received int64, texts ...string) (out []scored) {
	t.Helper()
	x := NewContext()
	for _, text := range texts {
		if err := x.Learn(original("x", text)); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReading(engine(t), x)
	for i, text := range texts {
		var o intake.Options
		r.Handler(&o.Handler, scoring.At(received+int64(i)*3600), func(c *cargo.Consignment, _ *cargo.Filing, s *scoring.Score) error {
			one := scored{number: c.Documents[0].Number, points: s.Points, line: string(s.AppendJSON(nil, c))}
			for j := range s.Reasons {
				one.reasons += s.Reasons[j].Rule.ID + " "
			}
			out = append(out, one)
			return nil
		})
		if _, err := intake.Read(original("x", text), o); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

const arrived = 1795471200 // 2026-11-24, after the ship of the messages

// Consignments of one message that share a container are told so, whichever comes first.
func TestShared(t *testing.T) {
	t.Parallel()
	alone := scores(t, arrived, message("1", "D1", "9", bill("1", "BM", "A1", "", "TULP BV", "120")))
	both := scores(t, arrived, message("1", "D1", "9", bill("1", "BM", "A1", "", "TULP BV", "120"), bill("2", "BM", "A2", "", "TULP BV", "120")))
	if len(alone) != 1 || len(both) != 2 {
		t.Fatalf("%d and %d scores", len(alone), len(both))
	}
	if !strings.Contains(alone[0].reasons, "full-nearly-empty@1") || strings.Contains(both[0].reasons, "full-nearly-empty@1") || strings.Contains(both[1].reasons, "full-nearly-empty@1") {
		t.Errorf("alone: %s, together: %s and %s", alone[0].reasons, both[0].reasons, both[1].reasons)
	}
}

// A second version is compared with the first, where it comes after the ship.
func TestAmended(t *testing.T) {
	t.Parallel()
	first := message("1", "D1", "9", bill("1", "BM", "A1", "", "TULP BV", "9410"))
	second := message("2", "D1", "5", bill("1", "BM", "A1", "", "OTHER BV", "9410"))
	same := message("3", "D1", "5", bill("1", "BM", "A1", "", "TULP BV", "9410"))
	changed, unchanged := scores(t, arrived, first, second), scores(t, arrived, first, same)
	if len(changed) != 2 || len(unchanged) != 2 {
		t.Fatalf("%d and %d scores", len(changed), len(unchanged))
	}
	if !strings.Contains(changed[1].line, "consignee") || changed[1].points <= unchanged[1].points {
		t.Errorf("changed: %d %s, unchanged: %d %s", changed[1].points, changed[1].reasons, unchanged[1].points, unchanged[1].reasons)
	}
	if changed[0].line != unchanged[0].line {
		t.Errorf("the first version knows of the second:\n%s\n%s", changed[0].line, unchanged[0].line)
	}
}

// A long message is scored as it goes, and every consignment of it once.
func TestLong(t *testing.T) {
	t.Parallel()
	var bills []string
	for i := range maxTogether + 5 {
		number := "A" + strings.Repeat("0", 5-len(itoa(i))) + itoa(i)
		bills = append(bills, bill(itoa(i+1), "BM", number, "", "TULP BV", "10"))
	}
	got := scores(t, arrived, message("1", "D1", "9", bills...))
	seen := map[string]bool{}
	for _, s := range got {
		seen[s.number] = true
	}
	if len(got) != maxTogether+5 || len(seen) != len(got) {
		t.Errorf("%d scores of %d consignments", len(got), len(seen))
	}
}

func itoa(n int) string {
	var b bytes.Buffer
	for _, d := range []int{10000, 1000, 100, 10} {
		if n >= d {
			b.WriteByte(byte('0' + n/d%10))
		}
	}
	b.WriteByte(byte('0' + n%10))
	return b.String()
}

// Without a context nothing is known of others, and nothing is made up.
func TestWithoutContext(t *testing.T) {
	t.Parallel()
	r := NewReading(engine(t), nil)
	n := 0
	var o intake.Options
	r.Handler(&o.Handler, scoring.Instant{}, func(*cargo.Consignment, *cargo.Filing, *scoring.Score) error { n++; return nil })
	if _, err := intake.Read(original("x", message("1", "D1", "5", bill("1", "MB", "M1", "", "TULP BV", "9410"))), o); err != nil || n != 1 {
		t.Errorf("%d scores, %v", n, err)
	}
}
