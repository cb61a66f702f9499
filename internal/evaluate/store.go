package evaluate

import (
	"context"
	"fmt"
	"path/filepath"

	"cargogate/internal/cargo"
	"cargogate/internal/gateway"
	"cargogate/internal/scoring"
)

// Store gives the scores that a gateway has on file, with the truth of a folder whose files were filed there. Live traffic
// alone counts, and of each document what is current or was refused.
func Store(ctx context.Context, dir string, store gateway.Store, e *scoring.Engine) (*Traffic, error) {
	truth, err := ReadTruth(dir)
	if err != nil {
		return nil, err
	}
	t := &Traffic{Truth: truth, Rows: map[Key]Row{}, Days: 1}
	if files, err := filepath.Glob(filepath.Join(dir, "*.edi")); err == nil && len(files) > 1 {
		first, ok := received(files[0])
		last, too := received(files[len(files)-1])
		if ok && too {
			t.Days = max(last.Sub(first).Hours()/24, 1)
		}
	}
	replay := gateway.Replay(store, e)
	q := gateway.ConsignmentQuery{Mode: cargo.TrafficLive, Limit: 500, States: []string{gateway.ConsignmentAccepted, gateway.ConsignmentUnaccepted}}
	seen := map[Key]bool{} // newest first, but what was accepted wins over what was refused
	for {
		page, err := store.Consignments(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("evaluate: consignments on file: %w", err)
		}
		for i := range page.Items {
			c := &page.Items[i]
			k := Key{kindOf(c), c.Number}
			if !c.Score.Done || seen[k] && c.State == gateway.ConsignmentUnaccepted {
				continue
			}
			seen[k] = true
			row := Row{Points: c.Score.Points, Assessable: c.Score.Assessable}
			if _, planted := truth[k]; planted {
				s, err := replay(ctx, &c.Score)
				if err != nil {
					return nil, fmt.Errorf("evaluate: score of consignment %s: %w", c.ID, err)
				}
				for j := range s.Reasons {
					row.Fired = append(row.Fired, s.Reasons[j].Rule.ID)
				}
			}
			t.Rows[k] = row
		}
		if page.Next == "" {
			return t, nil
		}
		q.After = page.Next
	}
}

// kindOf gives the kind of a consignment's own document, as a record has it.
func kindOf(c *gateway.ConsignmentRow) string {
	switch cargo.Level(c.Level) {
	case cargo.LevelMaster:
		return string(cargo.DocumentMasterBill)
	case cargo.LevelHouse, cargo.LevelSubHouse:
		return string(cargo.DocumentHouseBill)
	}
	return string(cargo.DocumentBill)
}
