package partner

import (
	"fmt"

	"cargogate/internal/cargo"
)

// An Action is something that a principal may be allowed to do.
type Action string

// Actions.
const (
	MessageSubmit       Action = "message.submit"
	MessageList         Action = "message.list"
	MessageRead         Action = "message.read"
	MessageFindings     Action = "message.findings"
	MessageOriginal     Action = "message.original"
	MessageAcks         Action = "message.acks"
	MessageConsignments Action = "message.consignments"
	MessageCertificate  Action = "message.certificate"
	CheckRun            Action = "check.run"
	ConsignmentSearch   Action = "consignment.search"
	ConsignmentRead     Action = "consignment.read"
	CallList            Action = "call.list"
	EventList           Action = "event.list"
	MessageReplay       Action = "message.replay"
	MessageHold         Action = "message.hold"
	MessageUnhold       Action = "message.unhold"
	MessageErase        Action = "message.erase"
	DeliveryResend      Action = "delivery.resend"
	DeliveryResume      Action = "delivery.resume"
	PurgeList           Action = "purge.list"
	PartnerList         Action = "partner.list"
	PartnerWrite        Action = "partner.write" // partners, channels, mandates and profiles
	KeyWrite            Action = "key.write"     // of partners; keys of users and services are user.write
	UserWrite           Action = "user.write"
	AuditRead           Action = "audit.read"
	CaseList            Action = "case.list"
	CaseRead            Action = "case.read"
	CaseLease           Action = "case.lease" // with its extension and return
	CaseDecide          Action = "case.decide"
	CaseNote            Action = "case.note"
	CaseOutcome         Action = "case.outcome"
	CaseImport          Action = "case.import" // of outcomes
)

// An Object is what an action is done to. The zero value says that there is none: the action is on a list, which is then
// cut to what the principal may see.
type Object struct {
	Kind    string        // "message", "consignment" … for the text of an error
	Partner ID            // the transmitter
	Filer   ID            // who filed it, where that is known and one
	Mode    cargo.Traffic // live or test
}

// A reach says which objects an action is allowed on.
type reach uint8

const (
	none reach = iota
	own        // transmitted or filed by the partner itself
	all
)

// A grant is one row of the table: how far an action reaches for each kind of principal and role of staff.
type grant struct {
	object  bool // the action is on one object, which must be named
	partner reach
	service reach
	staff   map[StaffRole]reach
}

// staff gives the roles that may do something to everything; no role of staff has objects of its own.
func staff(roles ...StaffRole) map[StaffRole]reach {
	m := make(map[StaffRole]reach, len(roles))
	for _, r := range roles {
		m[r] = all
	}
	return m
}

// grants is the whole of who may do what. What is not here is denied. testdata/authorise.txt spells it out.
//
// Officers see cargo and its evidence, and managers what they need to judge a rule, but not the originals. Data
// assistance sees messages with all that is wrong with them, and does not search cargo. Operators keep things going
// without reading them. Auditors see what was done, not what it was done to. Services are systems downstream,
// which may be where cases are worked on.
var grants = map[Action]grant{
	MessageSubmit:       {partner: own},
	MessageList:         {partner: own, staff: staff(StaffData, StaffOperator)},
	MessageRead:         {object: true, partner: own, staff: staff(StaffOfficer, StaffManager, StaffData, StaffOperator)},
	MessageFindings:     {object: true, partner: own, staff: staff(StaffOfficer, StaffManager, StaffData, StaffOperator)},
	MessageOriginal:     {object: true, partner: own, staff: staff(StaffOfficer, StaffData)},
	MessageAcks:         {object: true, partner: own, staff: staff(StaffData, StaffOperator)},
	MessageConsignments: {object: true, partner: own, staff: staff(StaffOfficer, StaffManager, StaffData)},
	MessageCertificate:  {object: true, partner: own, staff: staff(StaffOfficer, StaffData, StaffOperator, StaffAuditor)},
	CheckRun:            {partner: own, staff: staff(StaffOfficer, StaffManager, StaffData, StaffOperator)},
	ConsignmentSearch:   {partner: own, service: all, staff: staff(StaffOfficer, StaffManager)},
	ConsignmentRead:     {object: true, partner: own, service: all, staff: staff(StaffOfficer, StaffManager)},
	CallList:            {partner: own, service: all, staff: staff(StaffOfficer, StaffManager, StaffData)},
	EventList:           {partner: own, service: all, staff: staff(StaffData, StaffOperator)},
	MessageReplay:       {object: true, staff: staff(StaffOperator)},
	MessageHold:         {object: true, staff: staff(StaffOperator)},
	MessageUnhold:       {object: true, staff: staff(StaffOperator)},
	MessageErase:        {object: true, staff: staff(StaffOperator)},
	DeliveryResend:      {object: true, staff: staff(StaffData, StaffOperator)},
	DeliveryResume:      {staff: staff(StaffOperator)},
	PurgeList:           {staff: staff(StaffOperator, StaffAuditor)},
	PartnerList:         {staff: staff(StaffOfficer, StaffManager, StaffData, StaffOperator, StaffAuditor)},
	PartnerWrite:        {staff: staff(StaffData)},
	KeyWrite:            {staff: staff(StaffData, StaffOperator)},
	UserWrite:           {staff: staff(StaffOperator)},
	AuditRead:           {staff: staff(StaffAuditor)},
	CaseList:            {service: all, staff: staff(StaffOfficer, StaffManager)},
	CaseRead:            {object: true, service: all, staff: staff(StaffOfficer, StaffManager)},
	CaseLease:           {service: all, staff: staff(StaffOfficer)},
	CaseDecide:          {object: true, service: all, staff: staff(StaffOfficer)},
	CaseNote:            {object: true, service: all, staff: staff(StaffOfficer)},
	CaseOutcome:         {object: true, service: all, staff: staff(StaffOfficer)},
	CaseImport:          {service: all, staff: staff(StaffOfficer)},
}

// reach gives how far a grant reaches for a principal: as far as the furthest of its roles.
func (g *grant) reach(p Principal) reach {
	switch p.Kind {
	case KindPartner:
		if p.ID == "" {
			return none
		}
		return g.partner
	case KindService:
		return g.service
	case KindStaff:
		r := none
		for _, role := range p.Roles {
			r = max(r, g.staff[role])
		}
		return r
	}
	return none
}

// Authorise says whether a principal may do an action to an object: nil, ErrDenied where the action is not its at all,
// or ErrHidden where the object is not one that it may know of. Everything that is not allowed is denied.
//
// A principal for tests acts on test traffic only, even where the rest of its rights reach further.
func Authorise(p Principal, a Action, o Object) error {
	g := grants[a]
	r := g.reach(p)
	if r == none || p.Mode != cargo.TrafficLive && p.Mode != cargo.TrafficTest {
		return fmt.Errorf("%w: %s", ErrDenied, a)
	}
	if o == (Object{}) && !g.object {
		return nil
	}
	mine := p.Kind == KindPartner && (o.Partner == p.Partner() || o.Filer == p.Partner())
	switch {
	case o.Mode != cargo.TrafficLive && o.Mode != cargo.TrafficTest: // an object without a mode was forgotten to be asked for
	case p.Mode == cargo.TrafficTest && o.Mode != cargo.TrafficTest:
	case r == all, r == own && mine:
		return nil
	}
	return fmt.Errorf("%w: %s %s", ErrHidden, a, o.Kind)
}
