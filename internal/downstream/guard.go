package downstream

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// ErrAddress says that an address may not be called.
var ErrAddress = errors.New("downstream: the address may not be called")

// closed are networks that an address of the internet is not in: those of a machine, of a site and of its neighbours, and
// those that hold or stand for other addresses, which could be any of them (IANA special-purpose registries).
var closed = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
	"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// A guard says which addresses may be called: those of the internet, and those that are allowed by name.
type guard struct {
	allow []netip.Prefix
	only  bool // those that are allowed by name alone
}

// check gives ErrAddress for one that may not be called.
func (g guard) check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	in := func(p netip.Prefix) bool { return p.Contains(a) }
	switch {
	case slices.ContainsFunc(g.allow, in):
		return nil
	case g.only:
		return fmt.Errorf("%w: %s is not one of those that are allowed, and there is no TLS", ErrAddress, a)
	case !a.IsValid(), slices.ContainsFunc(closed, in):
		return fmt.Errorf("%w: %s is none of the internet; name its network under allow if it is meant", ErrAddress, a)
	}
	return nil
}

// control is a net.Dialer's: it sees the address that is about to be connected to, after every resolution of names, so that
// no answer of a name server can be checked and then exchanged for another.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is none", ErrAddress, address)
	}
	return g.check(at.Addr())
}
