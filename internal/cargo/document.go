package cargo

import (
	"encoding/json"
	"fmt"
)

// Document is a document that a consignment names: a bill, an air waybill, a booking, an earlier declaration.
type Document struct {
	Kind   DocumentKind `json:"kind,omitempty"`
	Number string       `json:"number,omitempty"` // as declared (DE 1154, DE 1004)
	Issuer string       `json:"issuer,omitempty"` // SCAC, airline prefix or other code of who issued it
	Type   string       `json:"type,omitempty"`   // code of the standard: DE 1153 or DE 1001
	Source Range        `json:"source,omitzero"`
}

// IsZero reports whether the document is absent.
func (d Document) IsZero() bool { return d == Document{} }

func (d *Document) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("kind", string(d.Kind))
	o.text("number", d.Number)
	o.text("issuer", d.Issuer)
	o.text("type", d.Type)
	o.span("source", d.Source)
	return o.end()
}

// Reference is a reference that is no document of cargo: a number of the sender, a transaction, a trader's own.
type Reference struct {
	Qualifier string `json:"qualifier,omitempty"` // code of the standard: DE 1153
	Number    string `json:"number,omitempty"`
	Source    Range  `json:"source,omitzero"`
}

func (r *Reference) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("qualifier", r.Qualifier)
	o.text("number", r.Number)
	o.span("source", r.Source)
	return o.end()
}

// Text is free text with what it is about.
type Text struct {
	Subject string `json:"subject,omitempty"` // code of the standard: DE 4451
	Text    string `json:"text,omitempty"`    // lines joined by a line feed
	Code    string `json:"code,omitempty"`    // where the text is coded: DE 4441
	Source  Range  `json:"source,omitzero"`
}

func (t *Text) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("subject", t.Subject)
	o.text("text", t.Text)
	o.text("code", t.Code)
	o.span("source", t.Source)
	return o.end()
}

// Indicator is a coded statement about the whole of something: how it is to be processed, handled, charged.
type Indicator struct {
	List   string `json:"list,omitempty"`  // which list: the data element, "7365", or a list of the sender's
	Code   string `json:"code,omitempty"`  // DE 7365, DE 4079, DE 4237 …
	Value  string `json:"value,omitempty"` // text beside the code
	Source Range  `json:"source,omitzero"`
}

func (i *Indicator) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("list", i.List)
	o.text("code", i.Code)
	o.text("value", i.Value)
	o.span("source", i.Source)
	return o.end()
}

// Money is an amount in a currency.
type Money struct {
	Kind     string     `json:"kind,omitempty"`     // code of the standard: DE 5025; empty for the value of goods
	Amount   string     `json:"amount,omitempty"`   // as declared (DE 5004)
	Currency string     `json:"currency,omitempty"` // ISO 4217, as declared (DE 6345)
	Number   OptDecimal `json:"-"`                  // Amount as a number; absent where it could not be read
	Source   Range      `json:"source,omitzero"`
}

// MakeMoney reads an amount as it was declared. mark is the decimal mark in force, 0 for either; see ParseDecimal.
func MakeMoney(kind, amount, currency string, mark byte) (Money, NumberFault) {
	m := Money{Kind: kind, Amount: amount, Currency: currency}
	d, fault := ParseDecimal(amount, mark)
	if fault.Readable() {
		m.Number = DecimalOf(d)
	}
	return m, fault
}

// IsZero reports whether the amount is absent.
func (m Money) IsZero() bool { return m == Money{} }

// UnmarshalJSON reads an amount. The number is read anew from the declared amount.
func (m *Money) UnmarshalJSON(b []byte) error {
	type plain Money // without this method
	if err := json.Unmarshal(b, (*plain)(m)); err != nil {
		return fmt.Errorf("cargo: money: %w", err)
	}
	m.Number = OptDecimal{}
	if d, fault := ParseDecimal(m.Amount, 0); fault.Readable() {
		m.Number = DecimalOf(d)
	}
	return nil
}

func (m *Money) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("amount", m.Amount)
	o.text("currency", m.Currency)
	o.text("kind", m.Kind)
	o.span("source", m.Source)
	return o.end()
}

// Quantity is a number of something with what the number says: manifested, landed, short (DE 6063).
type Quantity struct {
	Kind   string `json:"kind,omitempty"`  // code of the standard: DE 6063
	Value  string `json:"value,omitempty"` // as declared (DE 6060)
	Unit   string `json:"unit,omitempty"`  // as declared (DE 6411)
	Text   string `json:"text,omitempty"`  // remark that came with it
	Source Range  `json:"source,omitzero"`
}

func (q *Quantity) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("kind", q.Kind)
	o.text("value", q.Value)
	o.text("unit", q.Unit)
	o.text("text", q.Text)
	o.span("source", q.Source)
	return o.end()
}

// Date is a declared time with what happens then.
type Date struct {
	Kind   string `json:"kind,omitempty"` // code of the standard: DE 2005
	Time   Time   `json:"time,omitzero"`
	Source Range  `json:"source,omitzero"`
}

func (d *Date) appendJSON(dst []byte) []byte {
	o := open(dst)
	o.text("kind", d.Kind)
	o.time("time", &d.Time)
	o.span("source", d.Source)
	return o.end()
}
