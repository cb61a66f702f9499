package refdata

import "strings"

var packageNames, packageAliases = func() (names, aliases map[uint64]string) {
	names, aliases = make(map[uint64]string, 512), make(map[uint64]string, 64)
	_, _, rest := header(packagesPack)
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		code, name, _ := strings.Cut(line, " ")
		if code != "alias" {
			k, ok := key(code)
			must(ok && len(code) == 2 && name != "", "packages", line)
			names[k] = name
			continue
		}
		from, to, _ := strings.Cut(name, " ")
		k, ok := key(from)
		target, ok2 := key(to)
		must(ok && ok2 && names[target] != "", "packages", line)
		aliases[k] = to
	}
	return names, aliases
}()

// PackageType reports whether code is a package type code (UN/ECE Recommendation 21, an2; DE 7065).
func PackageType[T Text](code T) bool {
	_, ok := PackageName(code)
	return ok
}

// PackageName gives the short English name of a package type code.
func PackageName[T Text](code T) (name string, ok bool) {
	k, ok := key(code)
	if !ok {
		return "", false
	}
	name, ok = packageNames[k]
	return name, ok
}

// PackageAlias gives the package type code that a spelling from the field stands for: "CTN" is CT, "PCE" is PP, and
// "XCT" is CT because Recommendation 20 lists the package types as units with an X before them. A code of the list
// itself is no alias.
func PackageAlias[T Text](text T) (code string, ok bool) {
	k, ok := key(text)
	if !ok {
		return "", false
	}
	if code, ok = packageAliases[k]; ok {
		return code, true
	}
	if len(text) == 3 && text[0] == 'X' {
		code, ok = packageCodes[k&0xffff]
		return code, ok
	}
	return "", false
}

// packageCodes gives a code back as a string that needs no allocation.
var packageCodes = func() map[uint64]string {
	m := make(map[uint64]string, len(packageNames))
	for k := range packageNames {
		m[k] = string([]byte{byte(k >> 8), byte(k)})
	}
	return m
}()
