package blobtest

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"cargogate/internal/blob"
)

func listRules() []Rule {
	return []Rule{
		{"ListOrder", "List gives keys in the order of their bytes.", listOrder, breakListOrder},
		{"ListPages", "List gives at most limit objects beyond after, and page by page each one once.", listPages, breakListPages},
		{"ListFields", "List tells key, size and time, and the right digest or none.", listFields, breakListFields},
	}
}

// tricky are keys whose order is easily got wrong, and that are easily taken for one another.
var tricky = []string{
	"a", "A", "a-", "a.", "a/b", "a/b/c", "a0", "aA", "a_", "aa", "ab", "a-b", "a.b", "a/B", "a/b-c", "a/b.c", "a/b0", "a/b_",
	"abcd", "abcde", "abcde/", "abcdef", "abcdefg", "abcdefgh", "abcde-", "abcde.x", "abcdefg.x", "abcdefg/x", "abcdef/x", "abcde/x",
	"abcd/x", "abcde0", "B", "b", "z", "Z", "_", "-", "0", "9", "0199a", "0199a3b", "0199a3b4", "0199a3b4-77c1-7000-8000-5f1d2c3b4a59",
	"0199a3b4-77c1-7000-8000-5f1d2c3b4a58", "0199a3b5-77c1-7000-8000-5f1d2c3b4a59", "0199b3b4-77c1-7000-8000-5f1d2c3b4a59",
	"live/0199a3b4-77c1-7000-8000-5f1d2c3b4a59", "live-/0199a3b4", "live/0199a3b4", "test/a", "x/y/z/0/1/2/3", "x/y/z", "x/y-z",
}

func putTricky(t T, s blob.Store) (keys []string) {
	t.Helper()
	for _, key := range tricky {
		if blob.ValidKey(key) {
			put(t, s, key, []byte(key))
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func listOrder(t T, s blob.Store) {
	if page := list(t, s, "", 10); len(page) != 0 {
		t.Errorf("List of an empty store gives %+v", page)
	}
	want := putTricky(t, s)
	if got := listAll(t, s, 1000); !slices.Equal(got, want) {
		t.Errorf("List gives\n%q, want\n%q", got, want)
	}
}

func listPages(t T, s blob.Store) {
	want := putTricky(t, s)
	for i := range 40 {
		key := fmt.Sprintf("0199a3b4-77c1-7000-8000-%012d", i)
		put(t, s, key, []byte("x"))
		want = append(want, key)
	}
	slices.Sort(want)
	for _, limit := range []int{1, 2, 7, len(want) - 1, len(want), len(want) + 1, 5000} {
		if got := listAll(t, s, limit); !slices.Equal(got, want) {
			t.Errorf("pages of %d give\n%q, want\n%q", limit, got, want)
		}
	}
	// What lies between keys is a place to begin at, too.
	for _, after := range []string{"a", "a/", "a/b", "ab", "abcde", "abcdef", "abcdefg/",
		"0199a3b4-77c1-7000-8000-00000000001", "M", "x/y/", "zz", "~"} {
		from, found := slices.BinarySearch(want, after)
		if found {
			from++
		}
		for _, limit := range []int{1, 3, 1000} {
			var got []string
			for _, o := range list(t, s, after, limit) {
				got = append(got, o.Key)
			}
			if w := want[from:min(from+limit, len(want))]; !slices.Equal(got, w) {
				t.Errorf("List of %d after %q gives %q, want %q", limit, after, got, w)
			}
		}
	}
	for _, limit := range []int{0, -1} {
		if page := list(t, s, "", limit); len(page) != 0 {
			t.Errorf("List with limit %d gives %d objects", limit, len(page))
		}
	}
}

func listFields(t T, s blob.Store) {
	want := map[string][]byte{}
	for i, n := range []int{0, 1, 70_000} {
		key := fmt.Sprintf("a/k%d", i)
		want[key] = body(n, uint64(n))
		put(t, s, key, want[key])
	}
	page := list(t, s, "", 10)
	if len(page) != len(want) {
		t.Errorf("List gives %d objects, want %d", len(page), len(want))
	}
	for _, o := range page {
		data := want[o.Key]
		if o.Size != int64(len(data)) {
			t.Errorf("List gives %q %d bytes, want %d", o.Key, o.Size, len(data))
		}
		if o.SHA256 != [32]byte{} && o.SHA256 != sha256.Sum256(data) {
			t.Errorf("List gives %q the digest %x, want %x or none", o.Key, o.SHA256, sha256.Sum256(data))
		}
		wantTime(t, "List", o.Modified)
	}
}
