package refdata

import "strings"

// countries holds, for each two-letter code in use, its three-letter code (ISO 3166-1), indexed by letters.
var countries, countriesByAlpha3 = func() (by2 [26 * 26]string, by3 map[uint64]string) {
	by3 = make(map[uint64]string, 256)
	_, _, rest := header(countriesPack)
	for entry := range strings.FieldsSeq(rest) {
		must(len(entry) == 5, "countries", entry)
		i := letters(entry[0], entry[1])
		k, ok := key(entry[2:])
		must(i >= 0 && ok, "countries", entry)
		by2[i] = entry[2:]
		by3[k] = entry[:2]
	}
	return by2, by3
}()

// Country reports whether code is an alpha-2 code in force (ISO 3166-1). User-assigned codes such as XK are not.
func Country[T Text](code T) bool {
	_, ok := CountryAlpha3(code)
	return ok
}

// CountryAlpha3 gives the alpha-3 code of an alpha-2 code (ISO 3166-1).
func CountryAlpha3[T Text](alpha2 T) (alpha3 string, ok bool) {
	if len(alpha2) != 2 {
		return "", false
	}
	i := letters(alpha2[0], alpha2[1])
	if i < 0 || countries[i] == "" {
		return "", false
	}
	return countries[i], true
}

// CountryAlpha2 gives the alpha-2 code of an alpha-3 code (ISO 3166-1).
func CountryAlpha2[T Text](alpha3 T) (alpha2 string, ok bool) {
	k, ok := key(alpha3)
	if !ok {
		return "", false
	}
	alpha2, ok = countriesByAlpha3[k]
	return alpha2, ok
}
