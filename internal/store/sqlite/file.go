package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"

	"cargogate/internal/failpoint"
)

// Files of a folder.
const (
	acceptFile = "accept.db"
	mainFile   = "main.db"
)

// How connections are set up.
const (
	busyTimeout = 5000 // ms; only a checkpoint or a tool beside us can make anyone wait
	cacheWriter = 8 << 10
	cacheReader = 1 << 10 // KiB each; the system keeps what is read often
	readers     = 4
)

// A file is one database: its writer, its readers, and who brings the log back into it.
type file struct {
	name   string
	writer *writer
	pool   *pool
	check  *checkpointer
}

func openFile(ctx context.Context, dir, name string) (*file, error) {
	path := filepath.Join(dir, name)
	w, err := newWriter(ctx, name, writerDSN(path))
	if err != nil {
		return nil, failed("open "+name, err)
	}
	f := &file{name: name, writer: w, pool: newPool(name, readerDSN(path), readers)}
	f.check = startCheckpointer(path, w)
	return f, nil
}

func (f *file) close() error {
	return errors.Join(f.check.stop(), f.pool.close(), f.writer.close())
}

// dsn names a database for the driver with what is set on each connection.
func dsn(path string, settings url.Values) string {
	settings.Set("_dqs", "0")
	settings.Set("_busy_timeout", strconv.Itoa(busyTimeout))
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + settings.Encode()
}

func synchronous() string {
	if failpoint.Sabotaged(failpoint.NoFsync) {
		return "OFF"
	}
	return "FULL"
}

func writerDSN(path string) string {
	return dsn(path, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {synchronous()}, "_foreign_keys": {"on"}, "_txlock": {"immediate"},
		"_pragma": {
			"wal_autocheckpoint(0)", "journal_size_limit(67108864)", "temp_store(MEMORY)", fmt.Sprintf("cache_size(-%d)", cacheWriter),
		},
	})
}

func readerDSN(path string) string {
	return dsn(path, url.Values{
		"mode": {"ro"}, "_query_only": {"on"},
		"_pragma": {"temp_store(MEMORY)", fmt.Sprintf("cache_size(-%d)", cacheReader)},
	})
}

// plainDSN names a database without any setting that would write it.
func plainDSN(path, mode string) string { return dsn(path, url.Values{"mode": {mode}}) }
