package intake

import (
	"fmt"
	"testing"

	"cargogate/internal/diag"
	"cargogate/internal/edifact/cuscar"
)

// The ledger must come to the same whether its entries fit in memory or lie in a hundred runs on disk.
func TestLedger(t *testing.T) {
	for _, n := range []int{10, 5_000, 200_000} {
		var l ledger
		defer l.close()
		place := func(i int) diag.Position { return diag.Position{Offset: int64(i), Length: 11, Segment: i} }
		// Every piece is declared, each third used twice, the next of each third empty; piece 3 is declared again, and
		// piece n+1 is used and not declared.
		for i := range n {
			if err := l.add(&cuscar.Overflow{ID: fmt.Sprint("ID", i), Declared: true, Empty: i%3 == 1, At: place(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for i := 0; i < n; i += 3 {
			for range 2 {
				if err := l.add(&cuscar.Overflow{ID: fmt.Sprint("ID", i), At: place(n + i)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, e := range []struct {
			id       string
			declared bool
			at       int
		}{{"ID3", true, 3 * n}, {fmt.Sprint("ID", n+1), false, 3*n + 1}} {
			if err := l.add(&cuscar.Overflow{ID: e.id, Declared: e.declared, At: place(e.at)}); err != nil {
				t.Fatal(err)
			}
		}
		counts := map[diag.Code]int{}
		where := map[diag.Code]diag.Finding{}
		distinct, err := l.settle(2, 5, &cuscar.Totals{Declared: int64(n), Consignments: 1, Complete: true}, func(f diag.Finding) { counts[f.Code]++; where[f.Code] = f })
		if err != nil {
			t.Fatal(err)
		}
		unused := 0
		for i := range n {
			if i%3 == 2 {
				unused++
			}
		}
		if distinct != int64(n+1) || counts[diag.EquipmentNotUsed] != unused || counts[diag.DuplicateEquipment] != 1 || counts[diag.EquipmentNotDeclared] != 1 {
			t.Errorf("%d pieces: %d distinct, %v, want %d unused", n, distinct, counts, unused)
		}
		if f := where[diag.EquipmentNotDeclared]; f.Pos.Offset != int64(3*n+1) || f.Pos.Segment != 3*n+1 || f.Pos.Element != 1 || f.Pos.Length != 11 || f.Interchange != 2 || f.Message != 5 {
			t.Errorf("%d pieces: not declared reported as %+v", n, f)
		}
		if f := where[diag.DuplicateEquipment]; f.Pos.Offset != int64(3*n) || f.Pos.Element != 2 {
			t.Errorf("%d pieces: duplicate reported as %+v", n, f)
		}
		// Empty again: the next message starts from nothing.
		if distinct, err := l.settle(2, 6, &cuscar.Totals{}, func(f diag.Finding) { t.Errorf("left over: %v", f) }); err != nil || distinct != 0 {
			t.Errorf("then %d distinct, %v", distinct, err)
		}
	}
}
