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
	readers     = 4
	// writerLog is the length of the log, in pages, at which the writer brings it back into the database itself. The
	// checkpointer keeps it shorter where it can; under a steady load it can not, and every commit to a log that only
	// grows costs twice one to a log that begins anew.
	writerLog = 4000
)

// Page caches, KiB. All connections of a process share the room of all: a busy one takes what idle ones may have and do
// not use. So memory comes to the sum of these in time, and to twice that, as the library keeps each page of 4 KiB in 8.
// They are small: the system keeps what is read often.
const (
	cacheMain   = 4 << 10 // of the writer of main.db
	cacheAccept = 1 << 10 // of that of accept.db, which mostly appends
	cacheReader = 256     // of a reader: every commit empties it
	cacheCheck  = 64      // of a checkpointer, which does not look into the pages that it moves
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
	cache := cacheMain
	if name == acceptFile {
		cache = cacheAccept
	}
	w, err := newWriter(ctx, name, writerDSN(path, cache))
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

func writerDSN(path string, cache int) string {
	return dsn(path, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {synchronous()}, "_foreign_keys": {"on"}, "_txlock": {"immediate"},
		"_pragma": {
			fmt.Sprintf("wal_autocheckpoint(%d)", writerLog), "journal_size_limit(67108864)", "temp_store(MEMORY)", fmt.Sprintf("cache_size(-%d)", cache),
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
