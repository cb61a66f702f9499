package voyage

import "strconv"

// box writes an EQD group.
func (m *filing) box(o *writer, s *slot, k int) {
	f, x := m.f, &s.boxes[k]
	status := "3"
	switch s.bill.flow {
	case exported:
		status = "2"
	case transhipped:
		status = "6"
	case aboard:
		status = "4"
	}
	o.tag("EQD").el("CN").el(x.id).el(x.kind, "102", "5").el("").el(status).el(string(x.status)).end()
	quality := "G"
	if f.d16a {
		quality = "AET"
		if f.vgm && x.status != '4' {
			quality = "VGM"
		}
	}
	o.tag("MEA").el("AAE").el(quality).el("KGM", decimal(x.gross, 3)).end()
	if f.tare {
		o.tag("MEA").el("AAE").el("T").el("KGM", decimal(x.tare, 3)).end()
	}
	for i, seal := range x.seals {
		by := "CA"
		if i > 0 {
			by = "SH"
		}
		o.tag("SEL").el(seal).el(by).end()
	}
	if x.setPoint != "" {
		o.tag("TMP").el("2").el(temperature(x.setPoint), "CEL").end()
	}
}

// temperature gives a set point in the three digits of DE 6246 in D.95B, which has no room for tenths.
func temperature(s string) string {
	whole := number(s[1 : len(s)-2])
	t := strconv.Itoa(1000 + whole)[1:]
	if s[0] == '-' && whole > 0 {
		return "-" + t // a sign is not counted
	}
	return t
}
