package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"cargogate/internal/audit"
	"cargogate/internal/backup"
	"cargogate/internal/blob"
	"cargogate/internal/cargo"
	"cargogate/internal/config"
	"cargogate/internal/gateway"
	"cargogate/internal/partner"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/sqlite"
)

// Backup writes a backup of the configured gateway into dir, while it may be running.
func Backup(ctx context.Context, c *config.Config, dir, version string, by string) (m backup.Manifest, err error) {
	store, err := OpenStore(ctx, c, Beside)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	objects, err := OpenBlobs(c)
	if err != nil {
		return m, err
	}
	if m, err = backup.Write(ctx, dir, c.Store.Kind, version, store, objects); err != nil {
		return m, err
	}
	return m, act(ctx, store, by, "backup.write", map[string]any{"objects": m.Objects, "bytes": m.Bytes})
}

// A Restored says what a restore brought back.
type Restored struct {
	Receipts   int64    `json:"receipts"`   // in the database after the restore
	Objects    int64    `json:"objects"`    // brought from the backup; the rest was there
	Adopted    int64    `json:"adopted"`    // receipts newer than the snapshot, made from their originals
	Purged     int64    `json:"purged"`     // receipts that are tombstones
	Deliveries int64    `json:"paused"`     // deliveries that wait for the operator
	Faults     []string `json:"faults"`     // originals that are missing or not as they came; up to 100
	Unfinished int64    `json:"unfinished"` // receipts that the gateway will work on when it starts
}

// Restore brings a backup back into the configured database, which must be empty, and store of originals. Every digest
// of the backup is verified before anything is written. Originals in the store that are newer than the snapshot become
// receipts again. Deliveries stay paused until an operator resumes them. What is not whole in the end is in Faults.
func Restore(ctx context.Context, c *config.Config, dir, by string, log *slog.Logger) (r Restored, err error) {
	m, err := backup.Verify(ctx, dir)
	if err != nil {
		return r, err
	}
	if m.Store != c.Store.Kind {
		return r, fmt.Errorf("restore: the backup is of %s, and store.kind is %s", m.Store, c.Store.Kind)
	}
	objects, err := OpenBlobs(c)
	if err != nil {
		return r, err
	}
	if err := restoreDatabase(ctx, c, &m, dir); err != nil {
		return r, err
	}
	if r.Objects, err = backup.PutObjects(ctx, dir, objects); err != nil {
		return r, err
	}
	store, err := OpenStore(ctx, c, Alone)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := gateway.PauseDeliveries(ctx, store); err != nil {
		return r, err
	}
	// The nodes that had claimed are gone: nobody waits until their leases are over.
	if _, err := store.EndLeases(ctx); err != nil {
		return r, err
	}
	if r.Deliveries, err = store.PendingDeliveries(ctx); err != nil {
		return r, err
	}
	if r.Adopted, err = adopt(ctx, c, store, objects, log, by); err != nil {
		return r, err
	}
	if err := r.examine(ctx, store, objects, false); err != nil {
		return r, err
	}
	return r, act(ctx, store, by, "backup.restore", map[string]any{"adopted": r.Adopted, "objects": r.Objects, "faults": len(r.Faults), "snapshot": m.CreatedAt})
}

func restoreDatabase(ctx context.Context, c *config.Config, m *backup.Manifest, dir string) error {
	if c.Store.Kind == "postgres" {
		dsn, err := c.Store.DSN.Value()
		if err != nil {
			return err
		}
		if err := postgres.Migrate(ctx, dsn); err != nil {
			return err
		}
		return postgres.Restore(ctx, dsn, backup.DatabaseDir(dir))
	}
	fresh, err := empty(c.Data)
	if err != nil {
		return err
	}
	if !fresh {
		return fmt.Errorf("restore: there is a database in %s; move it away first: nothing is written over", c.Data)
	}
	if err := sqlite.Prepare(c.Data); err != nil {
		return err
	}
	for _, from := range m.DatabaseFiles(dir) {
		if err := backup.CopyFile(from, filepath.Join(c.Data, filepath.Base(from))); err != nil {
			return err
		}
	}
	return sqlite.Migrate(ctx, c.Data) // of an earlier release
}

// adopt makes receipts of originals that no receipt names, from what lies beside them.
func adopt(ctx context.Context, c *config.Config, store gateway.Store, objects blob.Store, log *slog.Logger, by string) (int64, error) {
	partners, err := partner.NewDirectory(ctx, store, nil)
	if err != nil {
		return 0, err
	}
	o := keeping(c)
	o.Log = log
	g, err := gateway.New(store, objects, partners, nil, o)
	if err != nil {
		return 0, err
	}
	n, err := g.AdoptBodies(ctx, by)
	return int64(n), err
}

// VerifyRestore compares every receipt of the configured gateway with its original, byte for byte.
func VerifyRestore(ctx context.Context, c *config.Config) (r Restored, err error) {
	store, err := OpenStore(ctx, c, Beside)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	objects, err := OpenBlobs(c)
	if err != nil {
		return r, err
	}
	return r, r.examine(ctx, store, objects, true)
}

// examine looks whether every receipt has its original. With deep it reads them all.
func (r *Restored) examine(ctx context.Context, store gateway.Store, objects blob.Store, deep bool) error {
	r.Faults = []string{}
	for _, mode := range []cargo.Traffic{cargo.TrafficLive, cargo.TrafficTest} {
		if err := r.examineMode(ctx, store, objects, mode, deep); err != nil {
			return err
		}
	}
	return nil
}

func (r *Restored) examineMode(ctx context.Context, store gateway.Store, objects blob.Store, mode cargo.Traffic, deep bool) error {
	for before := int64(0); ; {
		page, err := store.Receipts(ctx, gateway.ReceiptQuery{Mode: mode, Before: before, Limit: 1000})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		for i := range page {
			one := &page[i]
			before = one.Seq
			r.Receipts++
			switch {
			case one.Purged:
				r.Purged++
				continue
			case !one.State.Final():
				r.Unfinished++
			}
			if err := examineOne(ctx, store, objects, one, deep); err != nil {
				if ctx.Err() != nil {
					return err
				}
				if len(r.Faults) < 100 {
					r.Faults = append(r.Faults, fmt.Sprintf("%s: %v", one.ID, err))
				}
			}
		}
	}
}

func examineOne(ctx context.Context, store gateway.Store, objects blob.Store, one *gateway.Receipt, deep bool) error {
	if one.BlobKey != "" && !deep {
		head, err := objects.Head(ctx, one.BlobKey)
		if err == nil && head.SHA256 != one.SHA256 {
			err = blob.ErrDigest
		}
		return err
	}
	whole, err := store.Receipt(ctx, one.ID) // with its inline body
	if err != nil {
		return err
	}
	return gateway.VerifyOriginal(ctx, objects, &whole)
}

// act writes a row of the audit log.
func act(ctx context.Context, store gateway.Store, by, action string, detail map[string]any) error {
	row, err := actRow(ctx, store, by, action, "", detail)
	if err != nil {
		return err
	}
	return store.AppendAudit(ctx, []audit.Row{row})
}

func actRow(ctx context.Context, store gateway.Store, by, action, object string, detail map[string]any) (audit.Row, error) {
	at, err := store.Now(ctx)
	if err != nil {
		return audit.Row{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return audit.Row{}, err
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(detail); err != nil {
		return audit.Row{}, err
	}
	return audit.Row{ID: id, At: at.Truncate(time.Microsecond), Principal: by, Action: action, Object: object, Detail: strings.TrimSpace(text.String())}, nil
}
