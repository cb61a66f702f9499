package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestCanonical freezes the form: a change of it would make every log that there is look tampered with.
func TestCanonical(t *testing.T) {
	t.Parallel()
	r := Row{ID: uuid.MustParse("019ab0c1-2345-7678-9abc-def012345678"), At: time.Date(2026, 11, 23, 9, 15, 0, 123456789, time.UTC),
		Principal: "user:ana", Action: "key.revoke", Object: "key:K1", Detail: "{}"}
	want := "636172676f676174652061756469742072" + "6f772076310a" + // cargogate audit row v1
		"0000000000000007" + "019ab0c1234576789abcdef012345678" + hex.EncodeToString(micros(r.At)) +
		"00000008" + hex.EncodeToString([]byte("user:ana")) + "0000000a" + hex.EncodeToString([]byte("key.revoke")) +
		"00000006" + hex.EncodeToString([]byte("key:K1")) + "00000000" + "00000002" + hex.EncodeToString([]byte("{}")) + "00000000"
	form := AppendCanonical(nil, 7, &r)
	if got := hex.EncodeToString(form); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	before := [32]byte{9}
	if Chain(before, 7, &r) != sha256.Sum256(append(before[:], form...)) {
		t.Error("the hash is not over the one before and the form")
	}
	h := Head{Seq: 7, Hash: [32]byte{0xab}, At: r.At, KeyID: "0123456789abcdef"}
	text := "cargogate audit head v1\nseq 7\nhash ab00000000000000000000000000000000000000000000000000000000000000\n" +
		"at 2026-11-23T09:15:00.123456Z\nkey 0123456789abcdef\n"
	if got := string(SignedHead(&h)); got != text {
		t.Errorf("%q", got)
	}
}

// micros gives a time as eight bytes.
func micros(t time.Time) []byte {
	v, out := t.UnixMicro(), make([]byte, 8)
	for i := range out {
		out[7-i] = byte(v >> (8 * i))
	}
	return out
}

func genRow() *rapid.Generator[Row] {
	return rapid.Custom(func(t *rapid.T) Row {
		s := rapid.StringMatching(`[a-z:{}"\n\x01]{0,6}`)
		var id uuid.UUID
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		return Row{ID: id, At: time.UnixMicro(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "at")).UTC(), Principal: s.Draw(t, "principal"),
			Action: s.Draw(t, "action"), Object: s.Draw(t, "object"), Mode: s.Draw(t, "mode"), Detail: s.Draw(t, "detail"), TraceID: s.Draw(t, "trace")}
	})
}

// TestCanonicalIsUnambiguous: two rows have the same form only if they are the same, wherever text moves from one field
// to the next.
func TestCanonicalIsUnambiguous(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := genRow().Draw(t, "a"), genRow().Draw(t, "b")
		seqA, seqB := rapid.Int64Range(1, 3).Draw(t, "seqA"), rapid.Int64Range(1, 3).Draw(t, "seqB")
		if rapid.Bool().Draw(t, "alike") { // move the border between two fields
			b, seqB = a, seqA
			both := a.Principal + a.Action
			cut := rapid.IntRange(0, len(both)).Draw(t, "cut")
			b.Principal, b.Action = both[:cut], both[cut:]
		}
		same := a == b && seqA == seqB
		if bytes.Equal(AppendCanonical(nil, seqA, &a), AppendCanonical(nil, seqB, &b)) != same {
			t.Fatalf("%d %+v\n%d %+v", seqA, a, seqB, b)
		}
	})
}

func TestNewRow(t *testing.T) {
	t.Parallel()
	r, err := NewRow("user:ana\x00", "key.revoke\xff", "key:K1", "live", map[string]int{"n": 1}, "t")
	if err != nil {
		t.Fatal(err)
	}
	if r.Principal != "user:ana\uFFFD" || r.Action != "key.revoke\uFFFD" || r.Detail != `{"n":1}` || r.ID.Version() != 7 ||
		r.At != r.At.Truncate(time.Microsecond) || r.At.Location() != time.UTC {
		t.Errorf("%+v", r)
	}
	if r, err := NewRow("a", "b", "c", "", nil, ""); err != nil || r.Detail != "{}" {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := NewRow("a", "b", "c", "", make(chan int), ""); err == nil {
		t.Error("a detail that is no JSON was taken")
	}
}
