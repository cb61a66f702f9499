package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func verify(t testing.TB, f *fakeStore, keys Keys, kept ...Head) Report {
	t.Helper()
	r, err := Verify(context.Background(), f, keys, kept...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerifyClean(t *testing.T) {
	t.Parallel()
	f, s := newLog(t, 3, 1, 2500, 7) // more than a page
	last := f.heads[len(f.heads)-1]
	r := verify(t, f, s.Keys(), f.heads[0], last)
	if r.Fault != nil || r.Rows != 2511 || r.Heads != 6 || r.Kept != 2 || !r.From.Equal(testRow(1).At) || !r.To.Equal(testRow(2511).At) || r.Head.Seq != last.Seq {
		t.Errorf("%+v", r)
	}
	empty, s := newLog(t)
	if r := verify(t, empty, s.Keys()); r.Fault != nil || r.Rows != 0 || r.Head != nil {
		t.Errorf("empty: %+v", r)
	}
}

// TestTampering changes a log in every way that one can who may write to the database.
func TestTampering(t *testing.T) {
	t.Parallel()
	thief := testSigner("thief")
	for _, tt := range []struct {
		name string
		do   func(f *fakeStore)
		want FaultKind
		seq  int64
	}{
		{"time changed", func(f *fakeStore) { f.sealed[4].At = f.sealed[4].At.Add(time.Microsecond) }, FaultRow, 5},
		{"principal changed", func(f *fakeStore) { f.sealed[4].Principal = "user:eva" }, FaultRow, 5},
		{"action changed", func(f *fakeStore) { f.sealed[4].Action = "x" }, FaultRow, 5},
		{"object changed", func(f *fakeStore) { f.sealed[4].Object = "x" }, FaultRow, 5},
		{"mode changed", func(f *fakeStore) { f.sealed[4].Mode = "test" }, FaultRow, 5},
		{"detail changed", func(f *fakeStore) { f.sealed[4].Detail = "{}" }, FaultRow, 5},
		{"trace changed", func(f *fakeStore) { f.sealed[4].TraceID = "" }, FaultRow, 5},
		{"id changed", func(f *fakeStore) { f.sealed[4].ID[3]++ }, FaultRow, 5},
		{"text moved", func(f *fakeStore) { f.sealed[4].Action, f.sealed[4].Object = "message.acceptm", "essage:5" }, FaultRow, 5},
		{"hash changed", func(f *fakeStore) { f.sealed[4].Hash[31]++ }, FaultRow, 5},
		{"changed, own hash right", func(f *fakeStore) {
			f.sealed[4].Detail = "{}"
			f.sealed[4].Hash = Chain(f.sealed[3].Hash, 5, &f.sealed[4].Row)
		}, FaultRow, 6},
		{"changed and chained anew", func(f *fakeStore) { f.sealed[4].Detail = "{}"; f.rechain(4) }, FaultHead, 6},
		{"last row changed and chained anew", func(f *fakeStore) { f.sealed[9].Detail = "{}"; f.rechain(9) }, FaultHead, 10},
		{"first removed", func(f *fakeStore) { f.sealed = f.sealed[1:] }, FaultGap, 1},
		{"removed", func(f *fakeStore) { f.sealed = slices.Delete(f.sealed, 4, 5) }, FaultGap, 5},
		{"removed and chained anew", func(f *fakeStore) { f.sealed = slices.Delete(f.sealed, 4, 5); f.rechain(4) }, FaultHead, 6},
		{"swapped", func(f *fakeStore) { f.sealed[4].Row, f.sealed[5].Row = f.sealed[5].Row, f.sealed[4].Row }, FaultRow, 5},
		{"numbers swapped", func(f *fakeStore) { f.sealed[4].Seq, f.sealed[5].Seq = 6, 5 }, FaultRow, 5},
		{"swapped and chained anew", func(f *fakeStore) {
			f.sealed[3].Row, f.sealed[4].Row = f.sealed[4].Row, f.sealed[3].Row
			f.rechain(3)
		}, FaultHead, 6},
		{"inserted", func(f *fakeStore) { f.sealed = slices.Insert(f.sealed, 4, Sealed{Row: testRow(99), Seq: 5}) }, FaultRow, 5},
		{"a number twice", func(f *fakeStore) { f.sealed = append(f.sealed, f.sealed[4]) }, FaultGap, 5},
		{"inserted and chained anew", func(f *fakeStore) {
			f.sealed = slices.Insert(f.sealed, 4, Sealed{Row: testRow(99)})
			f.rechain(4)
		}, FaultHead, 6},
		{"appended", func(f *fakeStore) { f.sealed = append(f.sealed, Sealed{Row: testRow(99)}); f.rechain(10) }, FaultUnsigned, 11},
		{"tail cut", func(f *fakeStore) { f.sealed = f.sealed[:8] }, FaultBeyond, 10},
		{"last head removed", func(f *fakeStore) { f.heads = f.heads[:2] }, FaultUnsigned, 7},
		{"all heads removed", func(f *fakeStore) { f.heads = nil }, FaultUnsigned, 1},
		{"all rows removed", func(f *fakeStore) { f.sealed = nil }, FaultBeyond, 3},
		{"head's number changed", func(f *fakeStore) { f.heads[1].Seq = 5 }, FaultSignature, 5},
		{"head's time changed", func(f *fakeStore) { f.heads[1].At = f.heads[1].At.Add(time.Second) }, FaultSignature, 6},
		{"head's hash changed", func(f *fakeStore) { f.heads[1].Hash[0]++ }, FaultSignature, 6},
		{"signature changed", func(f *fakeStore) { f.heads[1].Signature[0]++ }, FaultSignature, 6},
		{"signature removed", func(f *fakeStore) { f.heads[1].Signature = nil }, FaultSignature, 6},
		{"all made anew with another key", func(f *fakeStore) { f.sealed[4].Detail = "{}"; f.rechain(4); f.resign(thief) }, FaultKey, 3},
		{"all made anew with another key under our name", func(f *fakeStore) {
			f.sealed[4].Detail = "{}"
			f.rechain(4)
			name := f.heads[0].KeyID
			f.resign(thief)
			for i := range f.heads {
				f.heads[i].KeyID = name
				f.heads[i].Signature = thief.Sign(SignedHead(&f.heads[i]))
			}
		}, FaultSignature, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, s := newLog(t, 3, 3, 4)
			for i := range f.heads {
				f.heads[i].Signature = slices.Clone(f.heads[i].Signature)
			}
			tt.do(f)
			r := verify(t, f, s.Keys())
			if r.Fault == nil || r.Fault.Kind != tt.want || r.Fault.Seq != tt.seq {
				t.Errorf("%+v, want %s at %d", r.Fault, tt.want, tt.seq)
			}
			var export strings.Builder
			if _, err := Export(t.Context(), f, &export); err != nil {
				t.Fatal(err)
			}
			x, err := VerifyExport(strings.NewReader(export.String()), s.Keys())
			if err != nil || x.Fault == nil || x.Fault.Kind != tt.want || x.Fault.Seq != tt.seq {
				t.Errorf("export: %+v %v, want %s at %d", x.Fault, err, tt.want, tt.seq)
			}
		})
	}
}

// TestTailCut: who cuts off the end with its heads leaves a whole log; only a head kept elsewhere tells.
func TestTailCut(t *testing.T) {
	t.Parallel()
	f, s := newLog(t, 3, 3, 4)
	early, late := f.heads[1], f.heads[2]
	f.sealed, f.heads = f.sealed[:6], f.heads[:2]
	if r := verify(t, f, s.Keys()); r.Fault != nil || r.Kept != 0 {
		t.Errorf("without a kept head: %+v", r)
	}
	if r := verify(t, f, s.Keys(), late, early); r.Fault == nil || r.Fault.Kind != FaultKept || r.Fault.Seq != 10 || r.Kept != 1 {
		t.Errorf("with a kept head: %+v", r)
	}
	// What is put in the place of what was cut has another hash.
	sealer := &Sealer{Store: f, Signer: s, Now: func() time.Time { return epoch }}
	for n := range 20 {
		f.wait = append(f.wait, testRow(100+n))
	}
	if _, err := sealer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, f, s.Keys()); r.Fault != nil {
		t.Errorf("without a kept head: %+v", r.Fault)
	}
	if r := verify(t, f, s.Keys(), late); r.Fault == nil || r.Fault.Kind != FaultKept || r.Fault.Seq != 10 {
		t.Errorf("with a kept head: %+v", r.Fault)
	}
	forged := late
	forged.Hash = f.sealed[9].Hash // a kept head counts only with its signature
	if r := verify(t, f, s.Keys(), forged); r.Fault == nil || r.Fault.Kind != FaultSignature {
		t.Errorf("with a forged head: %+v", r.Fault)
	}
	if r := verify(t, f, testSigner("other").Keys()); r.Fault == nil || r.Fault.Kind != FaultKey {
		t.Errorf("with another key: %+v", r.Fault)
	}
}

// TestReplacedKey: a log goes on under a new key, and is verified with both.
func TestReplacedKey(t *testing.T) {
	t.Parallel()
	f, s := newLog(t, 3)
	next := testSigner("next")
	f.wait = append(f.wait, testRow(4))
	if _, err := (&Sealer{Store: f, Signer: next}).Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(append(s.PublicPEM(), next.PublicPEM()...))
	if err != nil {
		t.Fatal(err)
	}
	if r := verify(t, f, keys); r.Fault != nil || r.Heads != 2 {
		t.Errorf("%+v", r)
	}
	if r := verify(t, f, next.Keys()); r.Fault == nil || r.Fault.Kind != FaultKey {
		t.Errorf("%+v", r)
	}
}

// TestVerifyWhileSealing: rows that are sealed between two reads are no fault, behind a page of rows or an empty one.
func TestVerifyWhileSealing(t *testing.T) {
	t.Parallel()
	for every := 1; every <= 2; every++ {
		f, s := newLog(t, 5)
		sealer := &Sealer{Store: f, Signer: s}
		n, reads := 5, 0
		f.page = func() {
			if reads++; reads%every != 0 || n == 40 {
				return
			}
			n++
			if err := f.AppendAudit(t.Context(), []Row{testRow(n)}); err != nil {
				t.Error(err)
			}
			if _, err := sealer.Flush(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if r := verify(t, f, s.Keys()); r.Fault != nil || r.Rows != 40 {
			t.Errorf("every %d: %+v", every, r)
		}
	}
}

// TestTamperingProperty changes random logs at random, with all hashes made to fit again or not: whatever differs from
// what was sealed is found.
func TestTamperingProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f, s := &fakeStore{}, testSigner("gateway")
		sealer := &Sealer{Store: f, Signer: s}
		for range rapid.IntRange(1, 4).Draw(t, "batches") {
			f.wait = append(f.wait, rapid.SliceOfN(genRow(), 1, 5).Draw(t, "rows")...)
			if _, err := sealer.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		kept := f.heads[len(f.heads)-1]
		if r, err := Verify(context.Background(), f, s.Keys(), kept); err != nil || r.Fault != nil {
			t.Fatalf("untouched: %+v %v", r.Fault, err)
		}
		was, heads := slices.Clone(f.sealed), slices.Clone(f.heads)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			if len(f.sealed) == 0 {
				break
			}
			i := rapid.IntRange(0, len(f.sealed)-1).Draw(t, "at")
			switch rapid.SampledFrom([]string{"change", "remove", "insert", "swap", "cut", "head"}).Draw(t, "how") {
			case "change":
				f.sealed[i].Row = genRow().Draw(t, "row")
			case "remove":
				f.sealed = slices.Delete(f.sealed, i, i+1)
			case "insert":
				f.sealed = slices.Insert(f.sealed, i, Sealed{Row: genRow().Draw(t, "row"), Seq: int64(i) + 1})
			case "swap":
				j := rapid.IntRange(0, len(f.sealed)-1).Draw(t, "with")
				f.sealed[i].Row, f.sealed[j].Row = f.sealed[j].Row, f.sealed[i].Row
			case "cut":
				f.sealed = f.sealed[:i]
				f.heads = slices.DeleteFunc(f.heads, func(h Head) bool { return h.Seq > int64(i) })
			case "head":
				j := rapid.IntRange(0, len(f.heads)).Draw(t, "head")
				if j < len(f.heads) {
					f.heads[j].Seq = int64(i) + 1
				}
			}
		}
		if rapid.Bool().Draw(t, "rechain") {
			f.rechain(0)
		}
		same := slices.Equal(was, f.sealed) && slices.EqualFunc(heads, f.heads, func(a, b Head) bool { return a.Seq == b.Seq })
		r, err := Verify(context.Background(), f, s.Keys(), kept)
		if err != nil {
			t.Fatal(err)
		}
		if (r.Fault == nil) != same {
			t.Fatalf("tampered with: %v, found: %+v", !same, r.Fault)
		}
	})
}

func TestVerifyReadError(t *testing.T) {
	t.Parallel()
	f, s := newLog(t, 3)
	f.err = errors.New("connection refused")
	if _, err := Verify(t.Context(), f, s.Keys()); !errors.Is(err, f.err) {
		t.Error(err)
	}
	if _, err := Export(t.Context(), f, &strings.Builder{}); !errors.Is(err, f.err) {
		t.Error(err)
	}
}
