package cuscar

import (
	"fmt"
	"runtime"
	"testing"

	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

func sample(i int) *cargo.Equipment {
	e := &cargo.Equipment{Kind: cargo.KindContainer, SizeType: "45G1", Fullness: cargo.FullnessFull, Load: cargo.LoadFCL,
		Movement: cargo.MovementImport, Declared: true, Source: cargo.Range{Offset: int64(i) * 90, Length: 88}}
	e.SetID(fmt.Sprintf("MSKU%07d", i))
	e.Gross, _ = makeMeasure(fmt.Sprintf("%d.5", 2000+i), "KGM", refdata.Mass)
	e.Gross.Source = cargo.Range{Offset: int64(i)*90 + 40, Length: 22}
	e.AddSeal(fmt.Sprintf("SL%06d", i), "CA", "")
	e.AddSeal(fmt.Sprintf("XL%06d", i), "", "")
	return e
}

// What a consignment shows of a piece of equipment is what was declared, and all that may be kept takes little memory.
func TestRegister(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := &register{}
	for i := range MaxEquipment {
		e := sample(i)
		p := r.add(e.ID, e)
		if p == nil {
			t.Fatalf("no room for piece %d", i)
		}
		p.valid = e.Valid
	}
	if r.add("ONE TOO MANY", nil) != nil || !r.full() {
		t.Error("the register has no bound")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 4<<20 {
		t.Errorf("%d bytes for %d pieces", used, MaxEquipment)
	}
	var got cargo.Equipment
	for i := range MaxEquipment {
		want := sample(i)
		p := r.find(want.ID)
		if p == nil {
			t.Fatalf("%s is lost", want.ID)
		}
		got.Reset()
		r.show(p, &got)
		if fmt.Sprint(got) != fmt.Sprint(*want) {
			t.Fatalf("kept\n%+v\nshown\n%+v", *want, got)
		}
	}
	if r.find("MSKU") != nil {
		t.Error("the beginning of an identity is found")
	}
	r.reset()
	if r.find(sample(0).ID) != nil || len(r.pieces) != 0 {
		t.Error("a message knows the equipment of the one before")
	}
}
