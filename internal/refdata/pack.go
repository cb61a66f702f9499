package refdata

import (
	"crypto/sha256"
	_ "embed" // for the packs below
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
)

var (
	//go:embed data/countries.txt
	countriesPack string
	//go:embed data/currencies.txt
	currenciesPack string
	//go:embed data/units.txt
	unitsPack string
	//go:embed data/packages.txt
	packagesPack string
	//go:embed data/locodes.txt
	locodesPack string
)

// A Pack names one code list: which, of what edition, from where, and the SHA-256 of its bytes.
type Pack struct {
	Name    string // "countries", "currencies", "units", "packages", "locodes"
	Edition string // as the source calls it
	Source  string // the standard, and whose copy of it where it is not the publisher's
	Digest  string // lower-case hex, 64 digits
}

// Packs gives the built-in packs in a fixed order.
func Packs() []Pack {
	var packs []Pack
	for _, p := range []struct{ name, text string }{
		{"countries", countriesPack}, {"currencies", currenciesPack}, {"units", unitsPack},
		{"packages", packagesPack}, {"locodes", locodesPack},
	} {
		packs = append(packs, describe(p.name, p.text))
	}
	return packs
}

// Version names the built-in packs together by one short hash, "refdata-1a2b3c4d5e6f": two builds with the same Version
// hold the same lists.
func Version() string { return version() }

var version = sync.OnceValue(func() string {
	h := sha256.New()
	for _, p := range Packs() {
		_, _ = h.Write([]byte(p.Name + " " + p.Digest + "\n")) // a hash never fails to write
	}
	return "refdata-" + hex.EncodeToString(h.Sum(nil))[:12]
})

func describe(name, text string) Pack {
	sum := sha256.Sum256([]byte(text))
	edition, source, _ := header(text)
	return Pack{Name: name, Edition: edition, Source: source, Digest: hex.EncodeToString(sum[:])}
}

// header takes the two lines that every pack begins with: "edition …" and "source …".
func header(text string) (edition, source, rest string) {
	first, rest, _ := strings.Cut(text, "\n")
	second, rest, _ := strings.Cut(rest, "\n")
	return strings.TrimPrefix(first, "edition "), strings.TrimPrefix(second, "source "), rest
}

// must is for the built-in packs, which a test reads: a fault in them is a fault of the build.
func must(ok bool, pack, line string) {
	if !ok {
		panic(fmt.Sprintf("refdata: pack %s: line %q", pack, line))
	}
}
