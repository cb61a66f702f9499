package gateway

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
)

// opOf gives what a function (DE 1225) does to a document, and whether it needs none before it.
//
// A duplicate (7), a final transmission (22), a copy (31), a retransmission (35) and every function without a word are
// read as an original, and so is a message that names none: what a sender says is on its way must not be lost over a
// code. Replacing or changing only the header or the details (20, 21, 33, 36) is a change; a cancellation to be
// reissued (17) is a cancellation.
func opOf(f cargo.Function) (op Op, original bool) {
	switch f {
	case cargo.FunctionReplace:
		return OpSet, false
	case cargo.FunctionChange, "other:20", "other:21", "other:33", "other:36":
		return OpChange, false
	case "other:17":
		return OpCancel, false
	case cargo.FunctionAddition:
		return OpAdd, false
	case cargo.FunctionDeletion:
		return OpDelete, false
	case cargo.FunctionCancellation:
		return OpCancel, false
	}
	return OpSet, true
}

// DocumentKey names a document: mode, filer, type and the reference that the filer gave it (DE 1004), hashed, as a
// reference may be of any length and any characters. It is "" where there is no reference.
func DocumentKey(mode cargo.Traffic, filer partner.ID, kind, reference string) string {
	if reference == "" {
		return ""
	}
	h := sha256.New()
	var n [8]byte
	for _, part := range []string{string(mode), string(filer), kind, reference} {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// referenceOf gives the reference of the document that a filing is about: its own (DE 1004), or for what changes an
// earlier one and has none, that of the earlier one (RFF).
func referenceOf(f *cargo.Filing, original bool) string {
	if own := strings.TrimSpace(f.Reference); own != "" || original {
		return own
	}
	for i := range f.Documents {
		if d := &f.Documents[i]; d.Kind == cargo.DocumentPrevious {
			return strings.TrimSpace(d.Number)
		}
	}
	return ""
}

// repeatables are message types that say the same more than once and mean it each time: reports of a status.
var repeatables = map[[2]string]bool{
	{"edifact", "IFTSTA"}: true,
}

// repeatable reports whether messages of a type are never resends.
func repeatable(format, kind string) bool { return repeatables[[2]string{format, kind}] }
