package voyage

// party writes a NAD group.
func (m *filing) party(o *writer, role string, p *party) {
	f := m.f
	o.tag("NAD").el(role)
	if f.ids && p.id != "" {
		o.el(p.id, "", "ZZZ")
	} else {
		o.el("")
	}
	names := wrap(f.plain(p.name), 35)
	if f.grouped {
		for _, l := range p.lines {
			names = append(names, f.line35(l))
		}
		o.el("").txt(names...).txt(f.line35(p.street)).txt(f.line35(p.city)).el("").txt(p.post).el(p.country)
	} else {
		o.txt(m.lines(p)...)
	}
	o.end()
	if !f.contacts {
		return
	}
	if p.contact != "" {
		o.tag("CTA").el("IC").txt("", f.line35(p.contact)).end()
	} else if p.phone != "" || p.mail != "" {
		o.tag("CTA").el("IC").end()
	}
	if p.contact == "" && p.phone == "" && p.mail == "" {
		return
	}
	if p.phone != "" {
		o.tag("COM").txt(p.phone, "TE").end()
	}
	if p.mail != "" && len(f.plain(p.mail)) <= 25 {
		o.tag("COM").txt(p.mail, "EM").end()
	}
}

// lines gives name and address as up to five lines (C058).
func (m *filing) lines(p *party) []string {
	l := wrap(m.f.plain(p.name), 35)
	for _, x := range append(append([]string{}, p.lines...), p.street, trimmed(p.post+" "+p.city), p.country) {
		if x != "" && len(l) < 5 {
			l = append(l, m.f.line35(x))
		}
	}
	return l
}

// line35 gives as much of a text as goes into 35 characters, in the letters of the flavour.
func (f *flavour) line35(s string) string { return trimmed(clip(f.plain(s), 35)) }

// trimmed takes away the spaces at both ends.
func trimmed(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}
