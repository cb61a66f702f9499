package validate

import "cargogate/internal/cargo"

// A Route is what the places of a consignment say of its flow, with the places that decided.
type Route struct {
	Flow   cargo.Flow
	reason reason
	port   string // of the call
	first  string // the place that decided, a UN/LOCODE or a country
	second string
}

type reason uint8

const (
	noPort reason = iota
	noDischarge
	landedHere
	landedForCountry
	landedAndOn
	landedAndShipped
	landedElsewhere
	loadedHere
	loadedInCountry
	staysAboard
	coastal
	boundForCountry
)

// Flow derives the flow of a consignment from its places relative to the port of the call, as the country of that port
// sees it: what is landed there and stays is imported, what goes on to another country is in transit, or transhipped
// where it goes on by sea; what was loaded there is exported; what passes without being landed remains aboard. Where the
// places do not decide, the flow is FlowUnknown.
func Flow(c *cargo.Consignment, call *cargo.Call) Route {
	r := Route{Flow: cargo.FlowUnknown}
	if call != nil {
		r.port = call.Port
	}
	if len(r.port) != 5 {
		r.reason = noPort
		return r
	}
	country := r.port[:2]
	loading, discharge := placeOf(c, cargo.PlaceLoading), placeOf(c, cargo.PlaceDischarge)
	final := placeOf(c, cargo.PlaceDestination)
	if final == "" {
		final = placeOf(c, cargo.PlaceDelivery)
	}
	switch {
	case discharge == "" && final != "" && final[:2] == country && (loading == "" || loading[:2] != country):
		return r.because(cargo.FlowImport, boundForCountry, final, "")
	case discharge == "":
		if loading == r.port {
			return r.because(cargo.FlowExport, loadedHere, loading, "")
		}
		r.reason = noDischarge
		return r
	case loading != "" && loading[:2] == country && discharge[:2] == country:
		return r.because(cargo.FlowUnknown, coastal, loading, discharge)
	case discharge == r.port:
		switch {
		case final == "" || final == discharge:
			return r.because(cargo.FlowImport, landedHere, discharge, "")
		case final[:2] == country:
			return r.because(cargo.FlowImport, landedForCountry, discharge, final)
		case bySea(c):
			return r.because(cargo.FlowTranshipment, landedAndShipped, discharge, final)
		}
		return r.because(cargo.FlowTransit, landedAndOn, discharge, final)
	case loading == r.port:
		return r.because(cargo.FlowExport, loadedHere, loading, "")
	case loading != "" && loading[:2] == country:
		return r.because(cargo.FlowExport, loadedInCountry, loading, "")
	case discharge[:2] == country:
		return r.because(cargo.FlowImport, landedElsewhere, discharge, "")
	}
	return r.because(cargo.FlowRemainingAboard, staysAboard, discharge, "")
}

func (r Route) because(f cargo.Flow, why reason, first, second string) Route {
	r.Flow, r.reason, r.first, r.second = f, why, first, second
	return r
}

// placeOf gives the first place with the role by its UN/LOCODE, else by its country; empty for one that has neither.
func placeOf(c *cargo.Consignment, role cargo.PlaceRole) string {
	for i := range c.Places {
		p := &c.Places[i]
		if p.Role != role {
			continue
		}
		if len(p.Locode) == 5 {
			return p.Locode
		}
		if len(p.Country) == 2 {
			return p.Country
		}
	}
	return ""
}

// bySea reports whether the consignment leaves the port of call by sea: an onward journey says so.
func bySea(c *cargo.Consignment) bool {
	for i := range c.Onward {
		if v := &c.Onward[i].Conveyance; v.Mode == cargo.ModeMaritime && v.StageCode != "10" {
			return true
		}
	}
	return false
}

// Contradicts reports whether a declared flow is another than the one that the places show. Transit and transhipment are
// told apart by the means of onward carriage, which is often not declared, so one is taken for the other. Nothing
// contradicts an unknown flow.
func (r Route) Contradicts(declared cargo.Flow) bool {
	if declared == "" || declared == r.Flow || r.Flow == cargo.FlowUnknown || declared == cargo.FlowUnknown {
		return false
	}
	passing := func(f cargo.Flow) bool { return f == cargo.FlowTransit || f == cargo.FlowTranshipment }
	return !(passing(declared) && passing(r.Flow))
}

// AppendReason appends the reason in words, for people: "discharged at the port of call NLRTM, bound for DEHAM in
// another country".
func (r Route) AppendReason(dst []byte) []byte {
	add := func(parts ...string) {
		for _, p := range parts {
			dst = append(dst, p...)
		}
	}
	switch r.reason {
	case noPort:
		add("the port of call is not known")
	case noDischarge:
		add("the place of discharge is not known")
	case landedHere:
		add("discharged at the port of call ", r.first)
	case landedForCountry:
		add("discharged at the port of call ", r.first, ", bound for ", r.second, " in the same country")
	case landedAndOn:
		add("discharged at the port of call ", r.first, ", bound for ", r.second, " in another country")
	case landedAndShipped:
		add("discharged at the port of call ", r.first, ", carried on by sea to ", r.second, " in another country")
	case landedElsewhere:
		add("discharged at ", r.first, ", in the country of the port of call ", r.port)
	case loadedHere:
		add("loaded at the port of call ", r.first)
	case loadedInCountry:
		add("loaded at ", r.first, ", in the country of the port of call ", r.port)
	case staysAboard:
		add("neither loaded nor discharged in the country of the port of call ", r.port, ": discharged at ", r.first)
	case coastal:
		add("loaded at ", r.first, " and discharged at ", r.second, ", both in the country of the port of call")
	case boundForCountry:
		add("bound for ", r.first, ", in the country of the port of call ", r.port)
	}
	return dst
}
