package storetest

import (
	"crypto/sha256"

	"cargogate/internal/audit"
)

// seal chains rows as a sealer does, in a form of its own: a store must keep what it is given, whatever that is.
func seal(last audit.Sealed, rows []audit.Row) ([]audit.Sealed, audit.Head, error) {
	var out []audit.Sealed
	for _, row := range rows {
		last = audit.Sealed{Row: row, Seq: last.Seq + 1, Hash: sha256.Sum256(append(last.Hash[:], row.ID[:]...))}
		out = append(out, last)
	}
	return out, audit.Head{Seq: last.Seq, Hash: last.Hash, At: instant(0), KeyID: "0123456789abcdef", Signature: []byte("signed")}, nil
}

// sealAll seals until nothing waits.
func (r *rig) sealAll() {
	r.Helper()
	for {
		n, err := r.store.SealAudit(r.ctx, 1000, seal)
		r.ok(err, "seal")
		if n == 0 {
			return
		}
	}
}

// sealed gives all sealed rows.
func (r *rig) sealed() []audit.Sealed {
	r.Helper()
	var all []audit.Sealed
	for {
		var after int64
		if len(all) > 0 {
			after = all[len(all)-1].Seq
		}
		page, err := r.store.SealedAudit(r.ctx, after, 500)
		r.ok(err, "sealed audit")
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		if len(all) > 1<<20 {
			r.Fatalf("sealed audit does not end")
		}
	}
}
