package blobtest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"sync"

	"cargogate/internal/blob"
)

func conflictRules() []Rule {
	return []Rule{
		{"RepeatIsHarmless", "Putting the same bytes again succeeds, as after a lost answer.", repeat, breakRepeat},
		{"RepeatReadsAll", "A Put whose key is taken still reads its body to the end.", repeatReadsAll, breakReadsAll},
		{"OtherBytes", "Other bytes under a taken key are ErrExists and change nothing.", otherBytes, breakOverwrite},
		{"SameSize", "Other bytes of the same size are other bytes.", sameSize, breakSameSize},
		{"OneWinner", "Of many who put other bytes under one key at once, one succeeds and the object is his.", oneWinner, breakOneWinner},
		{"AllEqual", "Of many who put the same bytes under one key at once, all succeed.", allEqual, breakAllEqual},
	}
}

func repeat(t T, s blob.Store) {
	for _, n := range []int{1, 300 << 10} {
		key, data := "k/"+string(rune('a'+n%7)), body(n, 1)
		first := put(t, s, key, data)
		for range 3 {
			if again := put(t, s, key, data); again.Size != first.Size || again.SHA256 != first.SHA256 {
				t.Errorf("the repeat gives %+v, the first %+v", again, first)
			}
		}
		wantBody(t, s, key, data)
	}
	if n := len(list(t, s, "", 100)); n != 2 {
		t.Errorf("List gives %d objects, want 2", n)
	}
}

func repeatReadsAll(t T, s blob.Store) {
	data := body(3<<20, 1)
	put(t, s, "k", data)
	for name, again := range map[string][]byte{"equal": data, "other": body(3<<20, 2), "shorter": body(2<<20, 3), "longer": body(4<<20, 4)} {
		c := &counter{r: bytes.NewReader(again)}
		_, err := s.Put(t.Context(), "k", c, plenty)
		if name != "equal" {
			wantErr(t, name, err, blob.ErrExists)
		} else if err != nil {
			t.Errorf("repeat: %v", err)
		}
		if c.n != int64(len(again)) || !c.ended {
			t.Errorf("%s: %d of %d bytes were read", name, c.n, len(again))
		}
	}
}

func otherBytes(t T, s blob.Store) {
	data := body(5000, 1)
	first := put(t, s, "k", data)
	for _, other := range [][]byte{nil, data[:4999], append(bytes.Clone(data), 0), body(300<<10, 2)} {
		_, err := s.Put(t.Context(), "k", bytes.NewReader(other), plenty)
		wantErr(t, "Put of other bytes", err, blob.ErrExists)
		wantBody(t, s, "k", data)
	}
	if o, err := s.Head(t.Context(), "k"); err != nil || o.SHA256 != first.SHA256 || o.Size != first.Size {
		t.Errorf("Head gives %+v, %v, the object was %+v", o, err, first)
	}
}

func sameSize(t T, s blob.Store) {
	data := body(5000, 1)
	put(t, s, "k", data)
	for _, at := range []int{0, 2500, 4999} {
		other := bytes.Clone(data)
		other[at] ^= 1
		_, err := s.Put(t.Context(), "k", bytes.NewReader(other), plenty)
		wantErr(t, "Put of other bytes of the same size", err, blob.ErrExists)
		wantBody(t, s, "k", data)
	}
}

// crowd is how many meet at one key.
const crowd = 32

// meet lets a crowd put bodies under one key at once and gives the errors.
func meet(t T, s blob.Store, key string, bodies [][]byte) []error {
	errs := make([]error, len(bodies))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range bodies {
		wg.Go(func() {
			<-start
			_, errs[i] = s.Put(t.Context(), key, bytes.NewReader(bodies[i]), plenty)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func oneWinner(t T, s blob.Store) {
	bodies := make([][]byte, crowd)
	for i := range bodies {
		bodies[i] = body(20_000, uint64(i))
	}
	for _, key := range []string{"k1", "k2", "k3"} {
		winner := -1
		for i, err := range meet(t, s, key, bodies) {
			switch {
			case err == nil && winner < 0:
				winner = i
			case err == nil:
				t.Errorf("both %d and %d won", winner, i)
			default:
				wantErr(t, "a loser", err, blob.ErrExists)
			}
		}
		if winner < 0 {
			t.Fatalf("nobody won")
		}
		wantBody(t, s, key, bodies[winner])
		if o, err := s.Head(t.Context(), key); err != nil || o.SHA256 != sha256.Sum256(bodies[winner]) {
			t.Errorf("Head gives digest %x, error %v", o.SHA256, err)
		}
	}
}

func allEqual(t T, s blob.Store) {
	data := body(20_000, 1)
	bodies := make([][]byte, crowd)
	for i := range bodies {
		bodies[i] = data
	}
	for _, key := range []string{"k1", "k2", "k3"} {
		if err := errors.Join(meet(t, s, key, bodies)...); err != nil {
			t.Errorf("Put of the same bytes: %v", err)
		}
		wantBody(t, s, key, data)
	}
}
