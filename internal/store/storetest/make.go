package storetest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/outbox"
	"cargogate/internal/partner"
)

// Invented partners.
const (
	Carrier   partner.ID = "NORDKAI"
	Forwarder partner.ID = "VELOFRACHT"
	Bureau    partner.ID = "DOCKSCRIBE"
)

// NewID makes a UUIDv7, greater than those made before.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// instant is a time that an invented message speaks of.
func instant(d time.Duration) time.Time {
	return time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC).Add(d)
}

// Arrival makes one of a small body that arrives by HTTPS, live, without a transport act. Its audit row is called
// "message.accept".
func Arrival(p partner.ID, edits ...func(*gateway.Arrival)) gateway.Arrival {
	id := NewID()
	body := []byte("UNA:+.? '" + id.String())
	a := gateway.Arrival{
		Receipt: gateway.Receipt{
			ID: id, Partner: p, Principal: "partner:" + string(p) + "/key:K1", Channel: "https", Kind: "https", Mode: cargo.TrafficLive,
			Name: "manifest.edi", ContentType: "application/edifact", Headers: map[string]string{"User-Agent": "deck/1.0"},
			TraceID: strings.ReplaceAll(id.String(), "-", ""), Size: int64(len(body)), SHA256: sha256.Sum256(body),
			Lane: gateway.LaneSmall, Inline: body, Retention: "default",
		},
		Audit: AuditRow("message.accept"),
	}
	for _, edit := range edits {
		edit(&a)
	}
	return a
}

// byAct names the transport act of an arrival.
func byAct(act string) func(*gateway.Arrival) {
	return func(a *gateway.Arrival) { a.TransportID = act }
}

func withBody(body string) func(*gateway.Arrival) {
	return func(a *gateway.Arrival) {
		a.Inline, a.Size, a.SHA256 = []byte(body), int64(len(body)), sha256.Sum256([]byte(body))
	}
}

func inMode(m cargo.Traffic) func(*gateway.Arrival) {
	return func(a *gateway.Arrival) { a.Mode = m }
}

func keptFor(d time.Duration) func(*gateway.Arrival) {
	return func(a *gateway.Arrival) { a.RetainFor = d }
}

func inBlob(a *gateway.Arrival) { a.Inline, a.BlobKey = nil, "originals/"+a.ID.String() }

// Settlement makes one of the current attempt of a claimed receipt.
func Settlement(rc gateway.Receipt, state gateway.State) gateway.Settlement {
	return gateway.Settlement{
		Fence: gateway.Fence{Receipt: rc.ID, Attempt: rc.Attempt}, Mode: rc.Mode, State: state, Result: []byte("result of " + rc.ID.String()),
		Errors: 1, Warnings: 2, Notes: 3,
	}
}

// Message makes the n-th message of a claimed receipt: an accepted original of no document.
func Message(rc gateway.Receipt, n int, edits ...func(*gateway.MessageRow)) gateway.MessageRow {
	m := gateway.MessageRow{
		Receipt: rc.ID, Attempt: rc.Attempt, Order: gateway.Order{Seq: rc.Seq, Message: n}, Interchange: 1, Index: n, Mode: rc.Mode,
		Type: "CUSCAR", Version: "D.95B", Reference: fmt.Sprint(n), Function: "9", Op: gateway.OpSet, Original: true, Took: true,
		Accepted: true, Partner: rc.Partner, Filer: rc.Partner, Carrier: "NKAI", Responsible: "Nordkai Line",
		Registration: fmt.Sprintf("26L%010d-%04d", rc.Seq, n), Filing: []byte("filing"),
	}
	for _, edit := range edits {
		edit(&m)
	}
	return m
}

func ofDocument(key string, op gateway.Op) func(*gateway.MessageRow) {
	return func(m *gateway.MessageRow) {
		m.DocumentKey, m.DocReference, m.Op, m.Original = key, "REF-"+key, op, op == gateway.OpSet
	}
}

// Consignment makes the n-th consignment of a claimed receipt, in its first message: an accepted simple one.
func Consignment(rc gateway.Receipt, n int64, edits ...func(*gateway.ConsignmentRow)) gateway.ConsignmentRow {
	bill := fmt.Sprintf("NKAI%d%03d", rc.Seq, n)
	c := gateway.ConsignmentRow{
		ID: NewID(), Receipt: rc.ID, Attempt: rc.Attempt, Order: gateway.Order{Seq: rc.Seq, Message: 1}, Ordinal: n, Mode: rc.Mode,
		BillKey: bill, Op: gateway.OpSet, Level: "simple", Number: bill, Issuer: "NKAI", State: "accepted",
		Packages: 10, Registration: fmt.Sprintf("26L%010d-0001-%05d", rc.Seq, n), LegalAt: rc.ReceivedAt, Partner: rc.Partner,
		Filer: rc.Partner, Port: "NLRTM", Flow: "import", ETA: instant(0), Terms: []string{"d:" + bill, "w:bicycles"},
		Record: []byte(`{"number":"` + bill + `"}`),
	}
	for _, edit := range edits {
		edit(&c)
	}
	return c
}

// Call makes a call of one vessel at one port as a claimed receipt speaks of it.
func Call(rc gateway.Receipt, edits ...func(*gateway.CallRow)) gateway.CallRow {
	c := gateway.CallRow{
		ID: NewID(), Mode: rc.Mode, Vessel: "imo:9074729", Name: "Tidewater Lark", Port: "NLRTM", Voyage: "014W", Carrier: "NKAI",
		Partner: rc.Partner, ETA: instant(0), Receipt: rc.ID,
	}
	for _, edit := range edits {
		edit(&c)
	}
	return c
}

// Event makes an event of a partner's receipt.
func Event(p partner.ID, edits ...func(*outbox.Event)) outbox.Event {
	id := NewID()
	e := outbox.Event{
		ID: id, Type: outbox.TypeSettled, Subject: "message/" + id.String(), Mode: "live", Partner: p, Filer: p, At: instant(0),
		Data: `{"state":"accepted"}`, TraceID: strings.ReplaceAll(id.String(), "-", ""),
	}
	for _, edit := range edits {
		edit(&e)
	}
	return e
}

// Answer makes the answer to the first interchange of a claimed receipt.
func Answer(rc gateway.Receipt, edits ...func(*outbox.Answer)) outbox.Answer {
	a := outbox.Answer{
		ID: NewID(), Receipt: rc.ID, Attempt: rc.Attempt, Interchange: 1, Kind: "CONTRL", Mode: string(rc.Mode),
		Body: []byte("UNB+UNOC:3+CUSTOMS'"), CreatedAt: instant(0),
	}
	for _, edit := range edits {
		edit(&a)
	}
	return a
}

// Delivery makes one of an answer of a claimed receipt, due at once.
func Delivery(rc gateway.Receipt, answer uuid.UUID, edits ...func(*outbox.Delivery)) outbox.Delivery {
	d := outbox.Delivery{
		ID: NewID(), Answer: answer, Receipt: rc.ID, Partner: rc.Partner, Channel: "folder", Kind: "CONTRL", Mode: string(rc.Mode),
		State: outbox.Pending, NextAt: rc.ReceivedAt, CreatedAt: rc.ReceivedAt, UpdatedAt: rc.ReceivedAt,
	}
	for _, edit := range edits {
		edit(&d)
	}
	return d
}

// AuditRow makes a row of the log.
func AuditRow(action string, edits ...func(*audit.Row)) audit.Row {
	id := NewID()
	row := audit.Row{
		ID: id, At: instant(0), Principal: "user:ana", Action: action, Object: "message:" + id.String(), Mode: "live",
		Detail: `{"n":1}`, TraceID: strings.ReplaceAll(id.String(), "-", ""),
	}
	for _, edit := range edits {
		edit(&row)
	}
	return row
}

// Act makes the act of a member of the staff that changes partners. Its audit row is called "partner.write".
func Act() partner.Act {
	return partner.Act{Principal: "user:ana", Action: "partner.write", Object: "partner:NORDKAI", Detail: `{"n":1}`, TraceID: strings.Repeat("ab", 16)}
}

// documentsOf gives the heads that the messages of rows belong to, sorted and distinct.
func documentsOf(rows *gateway.Rows) []gateway.Document {
	if rows == nil {
		return nil
	}
	var docs []gateway.Document
	for _, m := range rows.Messages {
		if m.DocumentKey != "" {
			docs = append(docs, Head(m))
		}
	}
	slices.SortFunc(docs, func(a, b gateway.Document) int { return strings.Compare(a.Key, b.Key) })
	return slices.CompactFunc(docs, func(a, b gateway.Document) bool { return a.Key == b.Key })
}

// Head makes the head of the document of a message, before anything took effect.
func Head(m gateway.MessageRow) gateway.Document {
	return gateway.Document{Key: m.DocumentKey, Mode: m.Mode, Type: m.Type, Reference: m.DocReference, Filer: m.Filer, State: "none"}
}
