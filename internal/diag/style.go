package diag

// style puts text into ANSI colours where it is true, and leaves it alone where it is false.
type style bool

// The sequences are those of ECMA-48, "select graphic rendition".
func (s style) paint(sequence, text string) string {
	if !s || text == "" {
		return text
	}
	return "\x1b[" + sequence + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string  { return s.paint("1", text) }
func (s style) frame(text string) string { return s.paint("1;34", text) } // bold blue

func (s style) severity(v Severity, text string) string {
	switch v {
	case Error:
		return s.paint("1;31", text) // bold red
	case Warning:
		return s.paint("1;33", text) // bold yellow
	}
	return s.paint("1;36", text) // bold cyan
}
