package scoring

import "cargogate/internal/cargo"

// route takes the places.
func (x *extractor) route() {
	c, v := x.c, x.v
	x.loading = x.firstPlace(fLoading, cargo.PlaceLoading, cargo.PlaceReceipt, cargo.PlaceOrigin)
	x.end = x.firstPlace(fEnd, cargo.PlaceDestination, cargo.PlaceDelivery, cargo.PlaceDischarge)
	if len(c.Places) > 0 {
		v.looked(fCocaineSource, fOpiateSource, fHub)
	}
	for i := range c.Places {
		p := &c.Places[i]
		at := place{locode: p.Locode, country: country(p.Locode, p.Country), at: path(fieldPlace, i)}
		switch p.Role {
		case cargo.PlaceOrigin, cargo.PlaceReceipt, cargo.PlaceLoading:
			x.listed(fCocaineSource, listCocaineSource, at)
			x.listed(fOpiateSource, listOpiateSource, at)
			x.listed(fBrandedSource, listBrandedSource, at)
			if p.Role == cargo.PlaceLoading {
				x.listed(fHub, listHub, at)
			}
		case cargo.PlaceTranshipment, cargo.PlaceLastPort:
			x.listed(fCocaineSource, listCocaineSource, at)
			x.listed(fOpiateSource, listOpiateSource, at)
			x.listed(fHub, listHub, at)
			x.between(at)
			if p.Role == cargo.PlaceTranshipment {
				x.listed(fDiversion, listDiversion, at)
				x.listed(fPrecursorEnd, listPrecursorEnd, at)
			}
		case cargo.PlaceDischarge:
			if at.country != x.end.country {
				x.listed(fHub, listHub, at)
				x.between(at)
			}
		}
	}
	if x.loading.ok {
		v.looked(fBrandedSource)
	}
	x.ends()
	x.origins()
}

// between adds a hub that is neither where the goods are loaded nor where they end.
func (x *extractor) between(at place) {
	if at.country != "" && at.country != x.loading.country && at.country != x.end.country {
		x.listed(fHubBetween, listHub, at)
	}
}

// firstPlace finds the first role of which there is a place with a country.
func (x *extractor) firstPlace(f FeatureNumber, roles ...cargo.PlaceRole) place {
	declared := false
	for _, role := range roles {
		for i := range x.c.Places {
			p := &x.c.Places[i]
			if p.Role != role {
				continue
			}
			declared = true
			if land := country(p.Locode, p.Country); land != "" {
				code := p.Locode
				if code == "" {
					code = land
				}
				x.v.looked(f)
				x.v.add(f, Observation{Text: code, At: path(fieldPlace, i)})
				return place{p.Locode, land, path(fieldPlace, i), true}
			}
		}
	}
	if !declared {
		x.v.absent(f, path(fieldPlaces))
	}
	return place{}
}

// listed adds an observation where a place is in a list.
func (x *extractor) listed(f FeatureNumber, l ListNumber, p place) {
	if key, ok := x.lists.place(l, p.locode, p.country); ok {
		x.v.add(f, Observation{Text: key, At: p.at})
	}
}

// ends takes what follows from where the goods end.
func (x *extractor) ends() {
	if !x.end.ok {
		return
	}
	v := x.v
	v.looked(fDiversion, fPrecursorEnd, fWasteEnd, fLandlocked)
	x.listed(fDiversion, listDiversion, x.end)
	x.listed(fPrecursorEnd, listPrecursorEnd, x.end)
	x.listed(fLandlocked, listLandlocked, x.end)
	if _, ok := x.lists.place(listWasteTreaty, x.end.locode, x.end.country); !ok {
		v.add(fWasteEnd, Observation{Text: x.end.country, At: x.end.at})
	}
	if !x.loading.ok {
		return
	}
	v.looked(fRoundTrip, fHubBetween)
	if x.loading.country != x.end.country {
		return
	}
	for i := range x.c.Places {
		p := &x.c.Places[i]
		switch p.Role {
		case cargo.PlaceTranshipment, cargo.PlaceLastPort, cargo.PlaceDischarge:
			if land := country(p.Locode, p.Country); land != "" && land != x.end.country {
				v.add(fRoundTrip, Observation{Text: x.end.country, At: x.end.at, Other: path(fieldPlace, i)})
				return
			}
		}
	}
}

// origins compares the items' countries of origin with the places.
func (x *extractor) origins() {
	for i := range x.c.Items {
		land := country("", x.c.Items[i].Origin)
		if land == "" {
			continue
		}
		at := path(fieldItemOrigin, i)
		if _, ok := x.lists.place(listBrandedSource, "", land); ok {
			x.v.looked(fBrandedSource)
			x.v.add(fBrandedSource, Observation{Text: land, At: at})
		}
		if !x.loading.ok {
			continue
		}
		x.v.looked(fOriginDiffers)
		if !x.startsIn(land) {
			x.v.add(fOriginDiffers, Observation{Text: land, At: at, Other: x.loading.at})
		}
	}
}

// startsIn reports whether the goods come from, are received or loaded in a country.
func (x *extractor) startsIn(land string) bool {
	for i := range x.c.Places {
		p := &x.c.Places[i]
		switch p.Role {
		case cargo.PlaceOrigin, cargo.PlaceReceipt, cargo.PlaceLoading:
			if country(p.Locode, p.Country) == land {
				return true
			}
		}
	}
	return false
}
