package https

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
)

// digests are those that Content-Digest declares and that are verified: of the bytes as they are sent, packed if they
// are (RFC 9530, 2).
type digests struct {
	sha256 *[sha256.Size]byte
	sha512 *[sha512.Size]byte
}

// parseDigests reads Content-Digest: a dictionary of algorithms and byte sequences. Algorithms that are not known, or
// are insecure, are ignored, as the RFC has it.
func parseDigests(h http.Header) (digests, *Problem) {
	var d digests
	for _, line := range h.Values("Content-Digest") {
		for member := range strings.SplitSeq(line, ",") {
			alg, value, _ := strings.Cut(strings.TrimSpace(member), "=")
			switch alg {
			case "sha-256":
				d.sha256 = new([sha256.Size]byte)
				if !byteSequence(d.sha256[:], value) {
					return d, newProblem(http.StatusBadRequest, codeRequest, "Content-Digest: sha-256 is not 32 bytes in base64 between colons.")
				}
			case "sha-512":
				d.sha512 = new([sha512.Size]byte)
				if !byteSequence(d.sha512[:], value) {
					return d, newProblem(http.StatusBadRequest, codeRequest, "Content-Digest: sha-512 is not 64 bytes in base64 between colons.")
				}
			case "":
				if strings.TrimSpace(member) != "" {
					return d, newProblem(http.StatusBadRequest, codeRequest, "Content-Digest is not a dictionary (RFC 9530).")
				}
			}
		}
	}
	return d, nil
}

// byteSequence reads ":base64:" (RFC 8941), with parameters behind it or not, into exactly the bytes of dst.
func byteSequence(dst []byte, s string) bool {
	s, _, _ = strings.Cut(s, ";")
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != ':' || s[len(s)-1] != ':' {
		return false
	}
	b, err := base64.StdEncoding.DecodeString(s[1 : len(s)-1])
	return err == nil && copy(dst, b) == len(dst) && len(b) == len(dst)
}

// formatDigest writes a digest for Content-Digest or Repr-Digest.
func formatDigest(sum [sha256.Size]byte) string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

func newSHA256() hash.Hash { return sha256.New() }

// fingerprint writes the SHA-256 of a certificate.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
