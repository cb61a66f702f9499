package voyage

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/intake"
)

// TestMessagesSayWhatWasMeant: `convert` gives back the generator's own consignments, in every flavour.
func TestMessagesSayWhatWasMeant(t *testing.T) {
	t.Parallel()
	g := generator(t, Options{Seed: 21, Consignments: 9000, BrokenRate: -1})
	compared := map[string]int{}
	var meant *filing
	g.made = func(m *filing, _ *File) { meant = m }
	for f := range g.Files() {
		var got []*cargo.Consignment
		var boxes []*cargo.TransportEquipment
		var filing *cargo.Filing
		read(t, f, intake.Handler{
			Consignment: func(c *cargo.Consignment) error { got = append(got, c.Clone()); return nil },
			Equipment:   func(e *cargo.TransportEquipment) error { boxes = append(boxes, e.Clone()); return nil },
			Filing:      func(x *cargo.Filing) error { filing = x.Clone(); return nil },
		})
		c := comparison{t: t, m: meant, f: meant.f, file: f}
		c.filing(filing)
		n := 0
		meant.visit(func(s *slot, b *bill) {
			if n++; n <= len(got) {
				c.bill(s, b, got[n-1])
			}
		})
		c.equal("bills", n, len(got))
		for _, e := range boxes {
			c.box(e)
		}
		compared[f.Flavour] += n
		if t.Failed() {
			break
		}
	}
	for _, f := range flavours {
		if compared[f.name] < 100 {
			t.Errorf("%d bills compared in flavour %s", compared[f.name], f.name)
		}
	}
}

// A comparison holds a message that was meant beside what was read of it.
type comparison struct {
	t    *testing.T
	m    *filing
	f    *flavour
	file *File
}

func (c *comparison) equal(what string, want, got any) {
	if want != got {
		c.t.Helper()
		c.t.Errorf("%s, %s, %s: want %v, got %v", c.file.Name, c.f.name, what, want, got)
	}
}

func (c *comparison) filing(f *cargo.Filing) {
	functions := map[byte]cargo.Function{'9': cargo.FunctionOriginal, '5': cargo.FunctionReplace, '4': cargo.FunctionChange,
		'2': cargo.FunctionAddition, '1': cargo.FunctionCancellation}
	c.equal("function", functions[c.m.function], f.Function)
	c.equal("document", c.m.document, f.Reference)
	c.equal("sender", c.m.p.filer.code, f.Sender)
	c.equal("filer", c.m.p.filer.code, f.Filer.Identifiers[0].Value)
	previous := ""
	if len(f.Documents) > 0 {
		previous = f.Documents[0].Number
	}
	if c.m.function != '9' {
		c.equal("document before", c.m.document, previous)
	} else {
		c.equal("document before", "", previous)
	}
}

func (c *comparison) bill(s *slot, b *bill, got *cargo.Consignment) {
	c.equal("number", b.number, got.Documents[0].Number)
	c.equal("level", map[string]cargo.Level{"BM": cargo.LevelSimple, "MB": cargo.LevelMaster, "BH": cargo.LevelHouse}[b.kind], got.Level)
	c.equal("parent", b.parent, got.Parent.Number)
	c.equal("status", cargo.StatusAccepted, got.Status)
	c.equal("flow of "+b.number, [...]cargo.Flow{imported: cargo.FlowImport, transhipped: cargo.FlowTranshipment, transit: cargo.FlowTransit,
		aboard: cargo.FlowRemainingAboard, exported: cargo.FlowExport}[b.flow], got.Flow)
	call := got.Call
	c.equal("port of call", c.m.c.line.home.code, call.Port)
	c.equal("ship", c.m.c.vessel.name, call.Conveyance.Name)
	c.equal("voyage", c.m.c.voyage, call.Conveyance.Voyage)
	if c.f.name != "canal" {
		c.equal("IMO number", c.m.c.vessel.imo, call.Conveyance.IMO)
		c.equal("IMO number is valid", true, call.Conveyance.IMOValid)
	}
	if !c.m.p.export {
		c.equal("ETA", c.file.ETA.Format(formMinute), call.ETA.Value)
	}
	place := func(role cargo.PlaceRole) string {
		if p := got.Place(role); p != nil {
			return p.Locode + p.Code
		}
		return ""
	}
	via := ""
	if b.via != nil {
		via = b.via.code
	}
	c.equal("loading", b.loading.code, place(cargo.PlaceLoading))
	c.equal("discharge", b.discharge.code, place(cargo.PlaceDischarge))
	c.equal("transhipment", via, place(cargo.PlaceTranshipment))
	c.equal("delivery", b.delivery.code, place(cargo.PlaceDelivery))
	if c.f.origin {
		origin := ""
		if p := got.Place(cargo.PlaceOrigin); p != nil {
			origin = p.Country
		}
		c.equal("origin", b.origin, origin)
	}
	c.party("consignor", &b.shipper, got.Party(cargo.RoleConsignor))
	c.party("consignee", &b.consignee, got.Party(cargo.RoleConsignee))
	c.party("notify", &b.notify, got.Party(cargo.RoleNotify))
	c.equal("items", len(b.items), len(got.Items))
	ids := map[string]bool{}
	for i := range min(len(b.items), len(got.Items)) {
		c.item(s, &b.items[i], &got.Items[i])
		for _, sp := range b.items[i].splits {
			ids[s.boxes[sp.box].id] = true
		}
	}
	c.equal("containers", len(ids), len(got.Equipment))
	for _, e := range got.Equipment {
		c.equal("container "+e.ID, true, ids[e.ID] && e.Valid)
	}
}

func (c *comparison) party(role string, want *party, got *cargo.Party) {
	if got == nil {
		c.equal(role, want.name, "")
		return
	}
	name := wrap(c.f.plain(want.name), 35)
	var more []string
	for _, l := range want.lines {
		more = append(more, c.f.line35(l))
	}
	if !c.f.grouped {
		l := append(slices.Clone(name[1:]), more...)
		for _, x := range []string{want.street, strings.TrimSpace(want.post + " " + want.city), want.country} {
			if x != "" {
				l = append(l, c.f.line35(x))
			}
		}
		c.equal(role, name[0], got.Name)
		c.equal(role+"'s address", strings.Join(l[:min(len(l), 4)], "|"), strings.Join(got.Address, "|"))
		return
	}
	c.equal(role, strings.Join(append(name, more...), " "), got.Name)
	c.equal(role+"'s street", c.f.line35(want.street), strings.Join(got.Address, "|"))
	c.equal(role+"'s town", c.f.line35(want.city), got.City)
	c.equal(role+"'s postcode", want.post, got.Postcode)
	c.equal(role+"'s country", want.country, got.Country)
	id := ""
	if len(got.Identifiers) > 0 {
		id = got.Identifiers[0].Value
	}
	if c.f.ids {
		c.equal(role+"'s number", want.id, id)
	}
	if c.f.contacts {
		for kind, value := range map[string]string{"phone": want.phone, "email": want.mail} {
			value = c.f.plain(value)
			ok := slices.ContainsFunc(got.Contacts, func(x cargo.Contact) bool { return x.Kind == kind && x.Value == value })
			if value != "" && len(value) <= 25 {
				c.equal(role+"'s "+kind+" "+value, true, ok)
			}
		}
	}
}

func (c *comparison) item(s *slot, want *item, got *cargo.Item) {
	text := make([]string, len(want.text))
	for i, l := range want.text {
		text[i] = c.f.plain(l)
	}
	c.equal("description", strings.Join(text, "\n"), got.Description)
	c.equal("packages", int64(want.count), got.OuterPackages().N)
	c.equal("type of packages", want.pack, got.Packages[0].Type)
	c.equal("marks", strings.Join(c.f.marks(want), "\n"), got.Packages[0].Marks)
	c.equal("mass", decimal(want.grams, 3), got.GrossMass.Normalised.D.String())
	if c.f.volume && want.litres > 0 {
		c.equal("volume", decimal(want.litres, 3), got.Volume.Normalised.D.String())
	}
	if c.f.hs {
		c.equal("HS", want.hs, got.HS)
	}
	var dg cargo.DangerousGoods
	if len(got.DangerousGoods) > 0 {
		dg = got.DangerousGoods[0]
	}
	c.equal("dangerous goods", want.dg, dangerousGoods{dg.UN, dg.Class, dg.PackingGroup})
	n := int64(0)
	for _, e := range got.Equipment {
		n += e.Packages.N
	}
	c.equal("packages in containers", int64(want.count), n)
}

func (c *comparison) box(got *cargo.TransportEquipment) {
	if !c.f.equip {
		return
	}
	for i := range c.m.slots {
		for k := range c.m.slots[i].boxes {
			if x := &c.m.slots[i].boxes[k]; x.id == got.ID {
				c.equal("size and type", x.kind, got.SizeType)
				c.equal("seals", strings.Join(x.seals, " "), strings.Join(got.Seals, " "))
				c.equal("empty", x.status == '4', got.Fullness == cargo.FullnessEmpty)
				mass := &got.Gross
				if mass.IsZero() {
					mass = &got.VGM
				}
				c.equal("mass of the container", decimal(x.gross, 3), mass.Normalised.D.String())
				c.equal("unused", false, got.Lone)
				return
			}
		}
	}
	c.equal("container that is not ours", "", got.ID)
}

// TestTimesRunOn: files come in the order of receipt, never before the start, and are written before they are received.
func TestTimesRunOn(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 2, 27, 13, 5, 0, 0, time.FixedZone("", 3600))
	last := start
	created := 0
	g := generator(t, Options{Seed: 2, Consignments: 6000, Start: start})
	g.made = func(m *filing, f *File) {
		if m.created >= int(f.ReceivedAt.Sub(start)/time.Minute) {
			t.Errorf("%s is written at minute %d", f.Name, m.created)
		}
		created++
	}
	names := map[string]bool{}
	onTime, lateOnes := 0, 0
	for f := range g.Files() {
		if f.ReceivedAt.Before(last) {
			t.Fatalf("%s comes after what was received at %s", f.Name, last)
		}
		last = f.ReceivedAt
		if names[f.Name] {
			t.Errorf("%s twice", f.Name)
		}
		names[f.Name] = true
		if f.Function == "9" && !strings.Contains(string(f.Bytes), "BGM+833") {
			if f.ReceivedAt.After(f.ETA.Add(-24 * time.Hour)) {
				lateOnes++
			} else {
				onTime++
			}
		}
	}
	if created < 300 || lateOnes*100 < onTime || lateOnes*8 > onTime {
		t.Errorf("%d files, %d lists in time, %d late", created, onTime, lateOnes)
	}
}
