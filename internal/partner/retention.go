package partner

import (
	"slices"
	"strings"
)

// defaultRetention is the class of partners that name none. It is always there.
const defaultRetention = "default"

// Retain tells the service which retention classes the gateway's configuration has: a partner gets no other from then
// on. Before, any is taken.
func (s *Service) Retain(classes []string) {
	s.classes, s.retain = slices.Sorted(slices.Values(classes)), true
}

// checkRetention fails where a partner names a class that the configuration does not have.
func (s *Service) checkRetention(p *Partner) error {
	if !s.retain || retained(p, s.classes) {
		return nil
	}
	there := "retention.classes has none"
	if len(s.classes) > 0 {
		there = "there is " + strings.Join(s.classes, ", ")
	}
	return invalid("the configuration has no retention class %q: %s", p.Retention, there)
}

func retained(p *Partner, classes []string) bool {
	return p.Retention == "" || p.Retention == defaultRetention || slices.Contains(classes, p.Retention)
}

// Unretained gives the partners whose retention class is none of the configuration's: what they send is kept as long as
// that of partners without a class, which may be shorter or longer than was agreed.
func Unretained(partners []Partner, classes []string) []Partner {
	return slices.DeleteFunc(slices.Clone(partners), func(p Partner) bool { return retained(&p, classes) })
}
