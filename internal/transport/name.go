package transport

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is the most bytes of a file's name, as on most file systems.
const MaxName = 255

// CleanName makes a name that a sender gave into one that can be shown, stored and used as the name of a file: valid
// UTF-8, the last part of a path, without characters that do not print, at most MaxName bytes. It is empty where
// nothing is left. The extension survives clipping.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			return r
		}
		return -1
	}, name)
	name = strings.TrimSpace(name)
	if strings.Trim(name, ".") == "" {
		return ""
	}
	return ClipName(name, MaxName)
}

// ClipName shortens a name to at most limit bytes without cutting a character, and keeps a short extension.
func ClipName(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 16 || len(ext) >= limit {
		ext = ""
	}
	cut := limit - len(ext)
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ext
}
