package blobtest

import (
	"bytes"
	"context"
	"strings"

	"cargogate/internal/blob"
)

func storeRules() []Rule {
	return []Rule{
		{"Delete", "What is deleted is gone, nothing else is, and its key is free.", del, breakDelete},
		{"DeleteMissing", "Deleting what is not there is no error.", deleteMissing, breakDeleteMissing},
		{"BadKeys", "What is no key is ErrKey, whatever is asked.", badKeys, breakBadKeys},
		{"Keys", "Keys that differ in anything are different objects, up to the longest.", keys, breakKeys},
		{"ContextDone", "With a ctx that is done nothing is done, and its error is given.", contextDone, breakContextDone},
		{"Check", "Check of a store that can be written to says so and leaves nothing behind.", check, breakCheck},
		{"Free", "Free gives no less than nothing, and no error where it cannot tell.", free, breakFree},
	}
}

func del(t T, s blob.Store) {
	keys := []string{"0199a3b4-77c1-1", "0199a3b4-77c1-2", "a", "a/b", "a/b/c"}
	for _, key := range keys {
		put(t, s, key, []byte(key))
	}
	for i, key := range keys {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete %q: %v", key, err)
		}
		wantNothing(t, s, key)
		for _, kept := range keys[i+1:] {
			wantBody(t, s, kept, []byte(kept))
		}
	}
	for _, key := range keys {
		put(t, s, key, []byte("other"))
		wantBody(t, s, key, []byte("other"))
		if o, err := s.Head(t.Context(), key); err != nil || o.Size != 5 {
			t.Errorf("Head of %q gives %d bytes, error %v", key, o.Size, err)
		}
	}
}

func deleteMissing(t T, s blob.Store) {
	put(t, s, "a/b", []byte("x"))
	for _, key := range []string{"a", "a/b/c", "none", "0199a3b4-77c1-1", "no/such/folder"} {
		for range 2 {
			if err := s.Delete(t.Context(), key); err != nil {
				t.Errorf("Delete of %q, which is not there: %v", key, err)
			}
		}
	}
	for range 2 {
		if err := s.Delete(t.Context(), "a/b"); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
}

func badKeys(t T, s blob.Store) {
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".tmp", ".tmp/a", "a/.b", "a b", "a+", "a\x00", "a\\b", "ä",
		"a=", "a%2Fb", "a\n", strings.Repeat("k", blob.MaxKey+1),
	} {
		c := &counter{r: bytes.NewReader([]byte("x"))}
		_, err := s.Put(t.Context(), key, c, plenty)
		wantErr(t, "Put", err, blob.ErrKey)
		if c.n > 0 {
			t.Errorf("Put under %q reads the body", key)
		}
		r, err := s.Open(t.Context(), key)
		wantErr(t, "Open", err, blob.ErrKey)
		if err == nil {
			closeReader(t, r)
		}
		_, err = s.Head(t.Context(), key)
		wantErr(t, "Head", err, blob.ErrKey)
		wantErr(t, "Delete", s.Delete(t.Context(), key), blob.ErrKey)
	}
	if page := list(t, s, "", 100); len(page) != 0 {
		t.Errorf("something was stored: %+v", page)
	}
}

func keys(t T, s blob.Store) {
	all := putTricky(t, s)
	long := strings.Repeat("k", blob.MaxKey)
	for _, key := range []string{
		long, long[:blob.MaxKey-1], strings.Repeat("a/", blob.MaxKey/2-1) + "ab", strings.Repeat("a/", 96) + "bcdefgh",
		"k/" + strings.Repeat("l", 190) + "/abcde", "UPPER", "upper", "Upper", "a..b", "a.-_", "con", "x.part", "sha256",
	} {
		put(t, s, key, []byte(key))
		all = append(all, key)
	}
	for _, key := range all {
		wantBody(t, s, key, []byte(key))
	}
	if got := listAll(t, s, 50); len(got) != len(all) {
		t.Errorf("List gives %d keys, want %d", len(got), len(all))
	}
}

func contextDone(t T, s blob.Store) {
	put(t, s, "k", []byte("x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Put(ctx, "new", bytes.NewReader([]byte("x")), plenty)
	wantErr(t, "Put", err, context.Canceled)
	r, err := s.Open(ctx, "k")
	wantErr(t, "Open", err, context.Canceled)
	if err == nil {
		closeReader(t, r)
	}
	_, err = s.Head(ctx, "k")
	wantErr(t, "Head", err, context.Canceled)
	_, err = s.List(ctx, "", 10)
	wantErr(t, "List", err, context.Canceled)
	wantErr(t, "Delete", s.Delete(ctx, "k"), context.Canceled)
	wantErr(t, "Check", s.Check(ctx), context.Canceled)
	wantNothing(t, s, "new")
	wantBody(t, s, "k", []byte("x"))
}

func check(t T, s blob.Store) {
	put(t, s, "k", []byte("x"))
	for range 3 {
		if err := s.Check(t.Context()); err != nil {
			t.Errorf("Check: %v", err)
		}
	}
	if page := list(t, s, "", 100); len(page) != 1 || page[0].Key != "k" {
		t.Errorf("after Check, List gives %+v", page)
	}
}

func free(t T, s blob.Store) {
	n, ok, err := s.Free(t.Context())
	if err != nil || n < 0 || !ok && n != 0 {
		t.Errorf("Free gives %d, %v, %v", n, ok, err)
	}
}
