package node

import (
	"io"
	"log/slog"

	"cargogate/internal/config"
)

// NewLog gives the log that the configuration asks for, written to w.
func NewLog(c *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Log.Level)) // config has checked the word
	o := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewJSONHandler(w, o)
	if c.Log.Format == "text" {
		h = slog.NewTextHandler(w, o)
	}
	return slog.New(h)
}
