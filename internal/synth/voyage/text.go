package voyage

import "strings"

// wrap cuts a text into lines at spaces, as far as it goes.
func wrap(s string, width int) []string {
	var lines []string
	for len(s) > width {
		cut := strings.LastIndexByte(s[:width+1], ' ')
		if cut <= 0 {
			cut = width
			for cut > 0 && s[cut]&0xC0 == 0x80 { // not inside a letter
				cut--
			}
		}
		lines = append(lines, s[:cut])
		s = strings.TrimLeft(s[cut:], " ")
	}
	if s != "" {
		lines = append(lines, s)
	}
	return lines
}

// typo makes a slip of the keyboard: two letters the wrong way round, or one left out.
func typo(r *rng, s string) string {
	if len(s) < 6 {
		return s
	}
	for range 8 {
		i := r.in(1, len(s)-3)
		a, b := s[i], s[i+1]
		if a < 'A' || a > 'Z' || b < 'A' || b > 'Z' || a == b {
			continue
		}
		if r.pct(50) {
			return s[:i] + string(b) + string(a) + s[i+2:]
		}
		return s[:i] + s[i+1:]
	}
	return s
}

// packNames are packages in words, for descriptions.
var packNames = map[string]string{"CT": "CARTONS", "BG": "BAGS", "DR": "DRUMS", "PX": "PALLETS", "PK": "PACKAGES", "CR": "CRATES",
	"RL": "REELS", "RO": "ROLLS", "BE": "BUNDLES", "BL": "BALES", "CS": "CASES", "NE": "UNITS", "FX": "FLEXITANK", "WA": "IBC",
	"OT": "OCTABINS"}
