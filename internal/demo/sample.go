package demo

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The messages that a reader files by hand: one that is good and one with faults. Times are put in when they are written.
//
//go:embed files/good.edi
var goodMessage string

//go:embed files/broken.edi
var brokenMessage string

// samples writes them, with the times of now.
func (d *Demo) samples(now time.Time) error {
	if err := os.MkdirAll(d.path(filesDir), 0o700); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	now = now.UTC()
	fill := strings.NewReplacer("@DATE@", now.Format("060102"), "@TIME@", now.Format("1504"), "@NOW@", now.Format("200601021504"),
		"@ETD@", now.AddDate(0, 0, -12).Format("200601021504"), "@ETA@", now.AddDate(0, 0, 3).Format("200601021504"), "@DAY@", now.Format("0102"), "\n", "")
	for name, text := range map[string]string{"good.edi": goodMessage, "broken.edi": brokenMessage} {
		path := filepath.Join(d.path(filesDir), name)
		if _, err := os.Stat(path); err == nil {
			continue // of the first start: who files it again files the same
		}
		if err := writeFile(path, []byte(fill.Replace(text))); err != nil {
			return err
		}
	}
	return nil
}
