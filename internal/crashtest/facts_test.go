//go:build linux

package crashtest

import (
	"database/sql"
	"fmt"
)

// Facts are read by SQL of the test's own, so that what the program says of itself is not taken for granted. Ids are 32
// hex digits.
type queries struct {
	pending      map[string]string // by what: how many are not at their end
	receipts     string            // id, partner, kind, transport act, name, digest, size, state as cached, state as settled, resend of
	consignments string            // receipt, number, state: those that are visible
	answers      string            // receipt, number of visible answers
	deliveries   string            // receipt, channel, kind of channel of the receipt, state
	events       string            // how many, ids, lowest and highest position
	settledTwice string            // subjects of more than one event of settling
	audited      string            // object, action, rows of sealed acts on messages
}

// unsettled is the most important of what may be pending.
const unsettled = "receipts that are not settled"

const settledEvent = "'cargogate.message.settled.v1'"

var factsOf = map[string]queries{
	"sqlite": {
		pending: map[string]string{
			unsettled:                      "SELECT count(*) FROM a.receipts r WHERE r.state < 3 OR NOT EXISTS (SELECT 1 FROM settlements s WHERE s.receipt = r.id)",
			"deliveries that are pending":  "SELECT count(*) FROM deliveries WHERE state = 'pending'",
			"events without a position":    "SELECT count(*) FROM events_new",
			"acts that are not sealed":     "SELECT (SELECT count(*) FROM audit_new) + (SELECT count(*) FROM a.audit)",
			"bodies that are not archived": "SELECT count(*) FROM a.bodies",
		},
		receipts: `SELECT lower(hex(r.id)), r.partner, r.kind, r.transport_id, r.name, lower(hex(r.sha256)), r.size,
			` + sqliteState("r.state") + `, ` + sqliteState("s.state") + `, lower(hex(coalesce(s.duplicate_of, x'')))
			FROM a.receipts r LEFT JOIN settlements s ON s.receipt = r.id`,
		consignments: `SELECT lower(hex(w.receipt)), c.number, CASE c.state WHEN 0 THEN 'accepted' WHEN 1 THEN 'unaccepted' WHEN 2 THEN 'superseded'
			ELSE 'cancelled' END FROM consignments c JOIN works w ON w.n = c.work WHERE w.settled = 1`,
		answers:      "SELECT lower(hex(w.receipt)), count(*) FROM answers n JOIN works w ON w.n = n.work WHERE w.settled = 1 GROUP BY 1",
		deliveries:   "SELECT lower(hex(receipt)), channel, state FROM deliveries",
		events:       "SELECT count(*), count(DISTINCT id), coalesce(min(position), 0), coalesce(max(position), 0) FROM events",
		settledTwice: "SELECT subject FROM events WHERE type = " + settledEvent + " GROUP BY subject HAVING count(*) > 1 LIMIT 5",
		audited:      "SELECT object, action, count(*) FROM audit WHERE action IN ('message.accept', 'message.settle') GROUP BY 1, 2",
	},
	"postgres": {
		pending: map[string]string{
			unsettled:                      "SELECT count(*) FROM work",
			"deliveries that are pending":  "SELECT count(*) FROM deliveries WHERE state = 'pending'",
			"events without a position":    "SELECT count(*) FROM events_pending",
			"acts that are not sealed":     "SELECT count(*) FROM audit_pending",
			"bodies that are not archived": "SELECT count(*) FROM bodies WHERE inline IS NOT NULL",
		},
		receipts: `SELECT replace(r.id::text, '-', ''), r.partner, r.kind, r.transport_id, r.name, encode(r.sha256, 'hex'), r.size,
			coalesce(s.state, 'unsettled'), coalesce(s.state, 'unsettled'), coalesce(replace(s.duplicate_of::text, '-', ''), '')
			FROM receipts r LEFT JOIN settlements s ON s.receipt = r.id`,
		consignments: `SELECT replace(c.receipt::text, '-', ''), c.number, c.state FROM consignments c
			JOIN settled s ON s.receipt = c.receipt AND s.attempt = c.attempt`,
		answers: `SELECT replace(n.receipt::text, '-', ''), count(*) FROM answers n
			JOIN settled s ON s.receipt = n.receipt AND s.attempt = n.attempt GROUP BY 1`,
		deliveries:   "SELECT replace(receipt::text, '-', ''), channel, state FROM deliveries",
		events:       "SELECT count(*), count(DISTINCT id), coalesce(min(position), 0), coalesce(max(position), 0) FROM events",
		settledTwice: "SELECT subject FROM events WHERE type = " + settledEvent + " GROUP BY subject HAVING count(*) > 1 LIMIT 5",
		audited:      "SELECT object, action, count(*) FROM audit WHERE action IN ('message.accept', 'message.settle') GROUP BY 1, 2",
	},
}

func sqliteState(column string) string {
	return "CASE " + column + " WHEN 3 THEN 'accepted' WHEN 4 THEN 'partly_accepted' WHEN 5 THEN 'rejected' WHEN 6 THEN 'parked' ELSE 'unsettled' END"
}

// A receipt is one arrival as the database has it.
type receipt struct {
	id, partner, kind, act, name, sum string
	size                              int64
	cached, state, resendOf           string
	bills                             map[string][]string // states by number
	visible                           int                 // consignments
	answers                           int
	deliveries                        []string // "channel state"
	accepts, settles                  int      // acts in the audit log
}

// facts are what is in a database.
type facts struct {
	receipts map[string]*receipt
	faults   []string // what belongs to nothing, and gaps
}

// each calls f for each row of a query with its columns as scanned into to.
func each(db *sql.DB, query string, to []any, f func()) error {
	rows, err := db.Query(query)
	if err != nil {
		return fmt.Errorf("%w: %s", err, query)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return err
		}
		f()
	}
	return rows.Err()
}

// pending says what is not at its end, "" where all is.
func (q *queries) unfinished(db *sql.DB) (string, error) {
	text := ""
	for what, query := range q.pending {
		var n int64
		if err := db.QueryRow(query).Scan(&n); err != nil {
			return "", fmt.Errorf("%s: %w", what, err)
		}
		if n != 0 {
			text += fmt.Sprintf("%d %s; ", n, what)
		}
	}
	return text, nil
}

// read reads all facts.
func (q *queries) read(db *sql.DB) (*facts, error) {
	out := &facts{receipts: map[string]*receipt{}}
	fault := func(format string, args ...any) {
		if len(out.faults) < 50 {
			out.faults = append(out.faults, fmt.Sprintf(format, args...))
		}
	}
	var r receipt
	err := each(db, q.receipts, []any{&r.id, &r.partner, &r.kind, &r.act, &r.name, &r.sum, &r.size, &r.cached, &r.state, &r.resendOf}, func() {
		c := r
		c.bills = map[string][]string{}
		if out.receipts[c.id] != nil {
			fault("receipt %s is there twice", c.id)
		}
		out.receipts[c.id] = &c
	})
	if err != nil {
		return nil, err
	}
	var id, a, b string
	var n int
	of := func(what string) *receipt {
		if r := out.receipts[id]; r != nil {
			return r
		}
		fault("%s of receipt %s, which is not there", what, id)
		return &receipt{bills: map[string][]string{}}
	}
	if err := each(db, q.consignments, []any{&id, &a, &b}, func() {
		r := of("consignment " + a)
		r.bills[a] = append(r.bills[a], b)
		r.visible++
	}); err != nil {
		return nil, err
	}
	if err := each(db, q.answers, []any{&id, &n}, func() { of("answer").answers = n }); err != nil {
		return nil, err
	}
	if err := each(db, q.deliveries, []any{&id, &a, &b}, func() {
		r := of("delivery")
		r.deliveries = append(r.deliveries, a+" "+b)
	}); err != nil {
		return nil, err
	}
	if err := each(db, q.audited, []any{&a, &b, &n}, func() {
		id = plainID(a)
		switch r := of(b); b {
		case "message.accept":
			r.accepts += n
		default:
			r.settles += n
		}
	}); err != nil {
		return nil, err
	}
	if err := each(db, q.settledTwice, []any{&a}, func() { fault("more than one event says that %s is settled", a) }); err != nil {
		return nil, err
	}
	var all, ids, low, high int64
	if err := db.QueryRow(q.events).Scan(&all, &ids, &low, &high); err != nil {
		return nil, err
	}
	if all != ids || all > 0 && (low != 1 || high != all) {
		fault("%d events with %d ids have positions from %d to %d", all, ids, low, high)
	}
	return out, nil
}
