package scoring

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrVector is the cause when bytes are not a vector that AppendBinary wrote.
var ErrVector = errors.New("scoring: not a stored vector")

// vectorForm is the first byte of a stored vector.
const vectorForm = 1

// AppendBinary appends the vector in its stored form: equal vectors give equal bytes, and only the bytes that it writes
// can be read back.
//
// The form: the byte 1; then for each feature that is absent or known, by number, one byte of state (bits 0-1), number
// of observations (bits 2-4) and distance from the feature before less one (bits 5-7, where 7 says that the rest follows
// as an unsigned varint); where six are kept, an unsigned varint of how many more there were; then the observations:
// the number as a zigzag varint, the two paths (field, and its indexes as unsigned varints), the text's length and bytes.
// Features that are not derivable are left out.
func (v *Vector) AppendBinary(dst []byte) []byte {
	dst = append(dst, vectorForm)
	last := -1
	for f := range v.values {
		x := &v.values[f]
		if x.state == NotDerivable {
			continue
		}
		distance := f - last - 1
		last = f
		dst = append(dst, byte(x.state)|x.n<<2|byte(min(distance, 7))<<5)
		if distance >= 7 {
			dst = binary.AppendUvarint(dst, uint64(distance-7))
		}
		if x.n == maxObservations {
			dst = binary.AppendUvarint(dst, uint64(x.total-maxObservations))
		}
		for i := range x.n {
			o := &x.obs[i]
			dst = binary.AppendVarint(dst, o.Number)
			dst = o.At.appendBinary(dst)
			dst = o.Other.appendBinary(dst)
			dst = append(dst, byte(len(o.Text)))
			dst = append(dst, o.Text...)
		}
	}
	return dst
}

func (p Path) appendBinary(dst []byte) []byte {
	dst = append(dst, byte(p.Field))
	if fieldIndexes[p.Field] > 0 {
		dst = binary.AppendUvarint(dst, uint64(p.I))
	}
	if fieldIndexes[p.Field] > 1 {
		dst = binary.AppendUvarint(dst, uint64(p.J))
	}
	return dst
}

// UnmarshalBinary reads a vector that this release or an earlier one stored. The error wraps ErrVector. Texts share one
// copy of the bytes.
func (v *Vector) UnmarshalBinary(b []byte) error {
	v.Reset()
	r := vectorReader{s: string(b)}
	if r.byte() != vectorForm {
		r.fail("form")
	}
	f := -1
	for r.err == nil && r.at < len(r.s) {
		head := r.byte()
		distance := int(head >> 5)
		if distance == 7 {
			distance += r.small("distance", int(NumFeatures))
		}
		f += distance + 1
		state, n := State(head&3), head>>2&7
		if r.err != nil || f >= int(NumFeatures) || state == NotDerivable || state > Known || n > maxObservations {
			r.fail("feature")
			break
		}
		x := &v.values[f]
		x.state, x.total = state, uint32(n)
		if n == maxObservations {
			x.total += uint32(r.uvarint(1<<31, "total"))
		}
		for i := range n {
			o := Observation{Number: r.varint(), At: r.path(), Other: r.path()}
			o.Text = r.text()
			if r.err != nil {
				break
			}
			x.obs[i] = o
			x.n = i + 1
		}
	}
	if r.err != nil {
		v.Reset()
	}
	return r.err
}

// vectorReader reads a stored vector and keeps the first fault.
type vectorReader struct {
	s   string
	at  int
	err error
}

func (r *vectorReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s at byte %d", ErrVector, what, r.at)
	}
}

func (r *vectorReader) byte() byte {
	if r.err != nil || r.at >= len(r.s) {
		r.fail("end")
		return 0
	}
	r.at++
	return r.s[r.at-1]
}

// uvarint reads a number in its shortest form, up to most.
func (r *vectorReader) uvarint(most uint64, what string) uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		if shift > 63 || shift == 63 && c > 1 || shift > 0 && c == 0 {
			r.fail(what)
			return 0
		}
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	if n > most {
		r.fail(what)
		return 0
	}
	return n
}

func (r *vectorReader) small(what string, most int) int { return int(r.uvarint(uint64(most), what)) }

func (r *vectorReader) varint() int64 {
	n := r.uvarint(1<<64-1, "number")
	return int64(n>>1) ^ -int64(n&1)
}

func (r *vectorReader) path() Path {
	p := Path{Field: Field(r.byte())}
	if p.Field >= numFields {
		r.fail("path")
		return Path{}
	}
	if fieldIndexes[p.Field] > 0 {
		p.I = uint32(r.uvarint(1<<32-1, "index"))
	}
	if fieldIndexes[p.Field] > 1 {
		p.J = uint32(r.uvarint(1<<32-1, "index"))
	}
	return p
}

func (r *vectorReader) text() string {
	n := int(r.byte())
	if r.err != nil || n > maxText || r.at+n > len(r.s) {
		r.fail("text")
		return ""
	}
	r.at += n
	return r.s[r.at-n : r.at]
}
