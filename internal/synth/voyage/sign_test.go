package voyage

import (
	"slices"
	"strings"
	"testing"
)

// proofs say for signs how they show in the bill as it is first filed; signs that only history shows have none.
var proofs = map[sign]func(s *slot, b *bill) bool{
	signThinAddress:   func(_ *slot, b *bill) bool { return buyerOf(b).street == "" },
	signPostBox:       func(_ *slot, b *bill) bool { return strings.HasPrefix(buyerOf(b).street, "P.O. BOX ") },
	signFreeMail:      func(_ *slot, b *bill) bool { return strings.Contains(buyerOf(b).mail, ".com") },
	signNotifyAbroad:  func(_ *slot, b *bill) bool { return b.notify.country != "" && b.notify.country != "NL" },
	signNoNotify:      func(_ *slot, b *bill) bool { return b.notify.name == "" },
	signToOrderBare:   func(_ *slot, b *bill) bool { return toOrder(&b.consignee) && b.notify.name == "" },
	signSharedContact: func(_ *slot, b *bill) bool { return b.shipper.phone != "" && b.shipper.phone == buyerOf(b).phone },
	signSameName:      func(_ *slot, b *bill) bool { return b.shipper.name == buyerOf(b).name },
	signPhoneAbroad: func(_ *slot, b *bill) bool {
		return !strings.HasPrefix(buyerOf(b).phone, "+"+countries[buyerOf(b).country].calling)
	},
	signForwarderConsignee: func(_ *slot, b *bill) bool {
		return slices.ContainsFunc(forwarders, func(f party) bool { return f.name == buyerOf(b).name })
	},
	signCover: func(_ *slot, b *bill) bool {
		return slices.ContainsFunc(b.truth.typology.cover, func(c string) bool {
			text, _, _ := strings.Cut(c, "/")
			return strings.HasPrefix(b.items[0].text[0], text[:min(len(text), 40)])
		})
	},
	signNoDangerous: func(_ *slot, b *bill) bool { return b.items[0].dg.un == "" && b.items[0].goods.dg.un != "" },
	signRoundMass:   func(_ *slot, b *bill) bool { return b.items[0].grams%100000 == 0 },
	signUniform:     func(_ *slot, b *bill) bool { return b.items[0].pack == "CT" },
	signNoMarks:     func(_ *slot, b *bill) bool { return len(b.items[0].marks) == 0 },
	signViaOdd: func(_ *slot, b *bill) bool {
		return b.via != nil && strings.Contains(oddHubs[b.loading.area], b.via.code)
	},
	signViaHub: func(_ *slot, b *bill) bool { return b.via != nil && strings.Contains(freeZones, b.via.code) },
	signOnwardOdd: func(_ *slot, b *bill) bool {
		return b.delivery.code != "" && (b.flow == exported || b.onward.mode == '1')
	},
	signSealTwice: func(s *slot, b *bill) bool {
		return len(s.boxes[b.items[0].splits[0].box].seals) > 1 || len(s.boxes) > 1
	},
	signGrossDiffers: func(s *slot, b *bill) bool {
		return s.boxes[b.items[0].splits[0].box].skew >= 180000
	},
	signSealChanged:      func(_ *slot, b *bill) bool { return b.change&changeSeal != 0 },
	signMassChanged:      func(_ *slot, b *bill) bool { return b.change&changeMassMuch != 0 },
	signConsigneeChanged: func(_ *slot, b *bill) bool { return b.change&changeConsignee != 0 },
	signDischargeChanged: func(_ *slot, b *bill) bool { return b.change&changePlace != 0 && b.flow == exported },
	signAmendedLate:      func(_ *slot, b *bill) bool { return b.change != 0 && b.changes == late },
	signEmptyHeavy: func(s *slot, _ *bill) bool {
		return slices.ContainsFunc(s.boxes, func(x box) bool { return x.gross >= x.tare+890000 })
	},
	signEmptySealed: func(s *slot, _ *bill) bool {
		return slices.ContainsFunc(s.boxes, func(x box) bool { return len(x.seals) > 0 })
	},
	signNoHouses: func(s *slot, b *bill) bool { return b.kind == "MB" && len(s.houses) == 0 },
	signSplit: func(s *slot, b *bill) bool {
		n := 0
		for i := range s.houses {
			if h := &s.houses[i]; h.consignee.street == b.consignee.street && h.consignee.city == b.consignee.city {
				n++
			}
		}
		return n >= 3
	},
}

func buyerOf(b *bill) *party { return (&planting{b: b}).buyer() }

// TestSignsShow: what Truth says a consignment shows is there, and changes that it speaks of are sent.
func TestSignsShow(t *testing.T) {
	t.Parallel()
	g := generator(t, Options{Seed: 31, Consignments: 15000, TypologyRate: 200000, BrokenRate: -1})
	proved := map[sign]int{}
	awaited := map[string]string{}
	changed := map[string]int{}
	g.made = func(m *filing, f *File) {
		m.visit(func(s *slot, b *bill) {
			if m.function == '4' && changed[b.number] == 0 {
				delete(awaited, b.number)
			}
			if m.function != '9' || b.truth == nil {
				return
			}
			for _, x := range b.truth.signs {
				if !m.f.contacts && slices.Contains([]sign{signFreeMail, signSharedContact, signPhoneAbroad}, x) {
					t.Errorf("%s: %s in a message without contacts", b.number, signNames[x])
				}
				if !m.f.equip && x >= signSealForeign && x <= signSealChanged {
					t.Errorf("%s: %s in a message without containers", b.number, signNames[x])
				}
				if proof := proofs[x]; proof != nil {
					if !proof(s, b) {
						t.Errorf("%s, %s: no %s: %+v", b.number, b.truth.typology.name, signNames[x], *b)
					}
					proved[x]++
				}
				if x >= signSealChanged && x <= signAmendedLate {
					awaited[b.number] = signNames[x]
				}
			}
		})
	}
	for range g.Files() {
	}
	for x := range proofs {
		if NeedsHistory(signNames[x]) {
			t.Errorf("%s is proved without history", signNames[x])
		}
		if proved[x] == 0 {
			t.Errorf("no %s to look at", signNames[x])
		}
	}
	if len(awaited) > 0 {
		t.Errorf("never sent: %v", awaited)
	}
}

// TestHonestTradeHasSignsToo: the base is not free of what typologies show.
func TestHonestTradeHasSignsToo(t *testing.T) {
	t.Parallel()
	g := generator(t, Options{Seed: 6, Consignments: 20000, Typologies: []string{}})
	have := map[sign]int{}
	g.made = func(m *filing, _ *File) {
		if m.function != '9' {
			return
		}
		m.visit(func(s *slot, b *bill) {
			if b.kind == "MB" || b.items[0].goods == empties {
				return
			}
			for _, x := range []sign{signThinAddress, signPostBox, signFreeMail, signNotifyAbroad, signNoNotify, signSharedContact,
				signForwarderConsignee,
				signNoMarks, signViaOdd, signSealTwice, signGrossDiffers, signSealChanged, signConsigneeChanged, signAmendedLate,
				signRoundMass} {
				if x == signFreeMail && buyerOf(b).mail == "" || x == signGrossDiffers && len(s.boxes) == 0 {
					continue
				}
				if proofs[x](s, b) {
					have[x]++
				}
			}
		})
	}
	for range g.Files() {
	}
	for _, x := range []sign{signThinAddress, signPostBox, signFreeMail, signNotifyAbroad, signNoNotify, signForwarderConsignee,
		signNoMarks, signViaOdd,
		signSealTwice, signGrossDiffers, signSealChanged, signConsigneeChanged, signAmendedLate, signRoundMass} {
		if have[x] < 5 {
			t.Errorf("%s: %d honest consignments of 20000", signNames[x], have[x])
		}
	}
}
