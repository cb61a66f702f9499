package scoring

import "cargogate/internal/cargo"

// filing takes times and versions.
func (x *extractor) filing() {
	x.late()
	x.versions()
}

// instant gives what the Input knows, else what the call says. A time of which nobody says in which zone it is meant is taken
// as the last moment that it can be: so what came after it did so wherever the place is.
func instant(known Instant, declared ...*cargo.Time) Instant {
	if known.OK {
		return known
	}
	for _, t := range declared {
		if seconds, ok := t.Unix(); ok {
			return At(seconds)
		}
		if t.Zone.OffsetOK || t.Precision < cargo.PrecisionMinute {
			continue
		}
		bound := *t
		bound.Zone = cargo.OffsetZone(-westernmost)
		if seconds, ok := bound.Unix(); ok {
			return At(seconds)
		}
	}
	return Instant{}
}

// westernmost is the offset of the zone where a day ends last, in minutes west of UTC.
const westernmost = 12 * 60

// late compares the time of receipt with the deadline and with the arrival.
func (x *extractor) late() {
	v, in := x.v, x.in
	var none cargo.Time
	eta, ata, etd, atd := &none, &none, &none, &none
	if x.call != nil {
		eta, ata, etd, atd = &x.call.ETA, &x.call.ATA, &x.call.ETD, &x.call.ATD
	}
	arrival := instant(in.Arrival, eta)
	arrived := instant(in.Arrived, ata)
	departure := instant(in.Departure, atd, etd)
	received := path(fieldContextReceived)
	if !in.Received.OK {
		return
	}
	if !arrived.OK {
		arrived = arrival
	}
	switch {
	case arrived.OK:
		v.looked(fAfterArrival)
		o := Observation{Number: minutes(in.Received.Unix - arrived.Unix), At: received, Other: path(fieldETA)}
		v.add(fAfterArrival, o)
	case eta.IsZero() && ata.IsZero():
		v.absent(fAfterArrival, path(fieldETA))
	}
	d, ok := x.lists.deadlineFor(x.flow, x.mode, x.level)
	if !ok {
		return
	}
	event := arrival
	if d.departure {
		event = departure
	}
	switch {
	case event.OK:
		v.looked(fLate)
		o := Observation{Number: minutes(in.Received.Unix-event.Unix) + d.minutes, At: received, Other: path(fieldETA)}
		v.add(fLate, o)
	case eta.IsZero() && !d.departure:
		v.absent(fLate, path(fieldETA))
	}
}

// minutes gives whole minutes, rounded down.
func minutes(seconds int64) int64 {
	m := seconds / 60
	if seconds%60 < 0 {
		m--
	}
	return m
}

// versions takes what amendments changed.
func (x *extractor) versions() {
	v, known := x.v, &x.in.Amendments
	if !known.Known {
		if f := x.in.Filing; f != nil && f.Function == cargo.FunctionOriginal {
			v.know(fAmendments, 0, path(fieldContextAmendments))
		}
		return
	}
	v.know(fAmendments, int64(known.Count), path(fieldContextAmendments))
	v.looked(fChangedLate, fConsigneeChanged, fEndChanged, fSealChanged, fReworded, fMassChanged)
	for i, change := range known.Changes {
		o := Observation{Text: change.What.String(), At: path(fieldContextChange, i)}
		if change.AfterRefusal && change.What == ChangedDescription {
			v.add(fReworded, o)
		}
		if !change.AfterDeparture {
			continue
		}
		switch change.What {
		case ChangedConsignee, ChangedNotify:
			v.add(fConsigneeChanged, o)
		case ChangedDischarge, ChangedDelivery:
			v.add(fEndChanged, o)
		case ChangedSeals:
			v.add(fSealChanged, o)
		case ChangedMassMuch:
			v.add(fMassChanged, o)
		default:
			v.add(fChangedLate, o)
		}
	}
}

// gaps lists what a complete consignment says and this one does not. Empty equipment needs less, and a master whose
// goods are described by its houses needs no description.
func (x *extractor) gaps() {
	v, c := x.v, x.c
	v.looked(fGaps)
	gap := func(f FeatureNumber, what string, at Path) {
		if v.State(f) == Absent {
			v.add(fGaps, Observation{Text: what, At: at})
		}
	}
	gap(fConsignor, "consignor", path(fieldParties))
	gap(fConsignee, "consignee", path(fieldParties))
	gap(fLoading, "place of loading", path(fieldPlaces))
	gap(fEnd, "place of delivery", path(fieldPlaces))
	gap(fDocument, "document number", path(fieldDocuments))
	if x.empties {
		return
	}
	gap(fMass, "gross mass", path(fieldItems))
	gap(fPackages, "packages", path(fieldItems))
	if v.Total(fAddressMissing) > 0 {
		v.add(fGaps, Observation{Text: "address", At: v.Observations(fAddressMissing)[0].At})
	}
	if x.maritime() {
		gap(fContainers, "equipment", path(fieldEquipment))
	}
	if c.Level == cargo.LevelMaster && x.in.Houses.Known && x.in.Houses.Count > 0 {
		return
	}
	gap(fDescribed, "description", path(fieldItems))
	gap(fHS, "HS code", path(fieldItems))
	gap(fVolume, "volume", path(fieldItems))
}
