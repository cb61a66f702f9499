package diag

// maxRejected bounds the messages and the interchanges that a List remembers as rejected, each. Beyond it the
// answer falls to the safe side: a message that cannot be remembered rejects its interchange, an interchange that
// cannot be remembered rejects every interchange of the file.
const maxRejected = 65_536

// verdict holds what errors have done to a message or an interchange.
type verdict uint8

const (
	verdictRejected verdict = 1 << iota // refused itself
	verdictGroup                        // of an interchange: a functional group is refused, and nobody knows which
	verdictPartly                       // of a message: a consignment or item is refused
)

// rejections remember which messages and interchanges have an error that refuses them, in bounded memory and
// whatever the List keeps.
type rejections struct {
	messages     map[messageKey]verdict // and functional groups, by their negative number
	interchanges map[int]verdict
	everything   verdict // once interchanges overflow
	max          int     // maxRejected unless a test sets less
}

// add notes an error.
func (r *rejections) add(f *Finding) {
	scope := f.Code.Scope()
	switch {
	case f.Group > 0 && (scope == ScopeGroup || f.Message == 0 && scope == ScopeMessage):
		// A fault of UNG or UNE, such as a wrong count, is the group's own.
		r.addMessage(f.Interchange, -f.Group, verdictRejected)
	case scope == ScopeInterchange, f.Message == 0 && scope == ScopeMessage:
		// A fault of the message kind in the envelope, such as a wrong count in UNZ, is the envelope's own.
		r.addInterchange(f.Interchange, verdictRejected)
	case scope == ScopeGroup:
		r.addInterchange(f.Interchange, verdictGroup)
	case scope == ScopeMessage:
		r.addMessage(f.Interchange, f.Message, verdictRejected)
	default:
		r.addMessage(f.Interchange, f.Message, verdictPartly)
	}
}

func (r *rejections) addMessage(interchange, message int, v verdict) {
	key := messageKey{interchange, message}
	old, ok := r.messages[key]
	if !ok && len(r.messages) >= r.limit() {
		r.addInterchange(interchange, v)
		return
	}
	if r.messages == nil {
		r.messages = map[messageKey]verdict{}
	}
	r.messages[key] = old | v
}

func (r *rejections) addInterchange(interchange int, v verdict) {
	old, ok := r.interchanges[interchange]
	if !ok && len(r.interchanges) >= r.limit() {
		r.everything |= v
		return
	}
	if r.interchanges == nil {
		r.interchanges = map[int]verdict{}
	}
	r.interchanges[interchange] = old | v
}

func (r *rejections) limit() int {
	if r.max > 0 {
		return r.max
	}
	return maxRejected
}

// of gives all that hits an interchange as a whole.
func (r *rejections) of(interchange int) verdict { return r.interchanges[interchange] | r.everything }

// InterchangeRejected reports whether an error refuses the interchange itself: one of interchange scope, or one of
// message scope that sits in the envelope (Message 0), such as a wrong count in UNZ. Interchange 0 asks for errors
// of the file outside any interchange.
func (l *List) InterchangeRejected(interchange int) bool {
	return l.rejected.of(interchange)&verdictRejected != 0
}

// GroupRejected reports whether an error refuses a functional group of the interchange that the finding does not
// name; Rejected takes it against every message of the interchange. See GroupRefused for one that is named.
func (l *List) GroupRejected(interchange int) bool {
	return l.rejected.of(interchange)&verdictGroup != 0
}

// GroupRefused reports whether an error refuses this functional group of the interchange, 1-based: one of group scope
// in it, or one of message scope in its header or trailer. Rejected knows nothing of groups: who asks about a message
// asks about its group too.
func (l *List) GroupRefused(interchange, group int) bool {
	return l.rejected.messages[messageKey{interchange, -group}]&verdictRejected != 0
}

// Rejected reports whether an error refuses the message: one of message scope in it, or one that refuses its
// interchange or a functional group of it. Errors count whether or not they are listed. Memory for the answer is
// bounded: after 65,536 messages with errors a further one rejects its whole interchange.
func (l *List) Rejected(interchange, message int) bool {
	return l.rejected.messages[messageKey{interchange, message}]&verdictRejected != 0 ||
		l.rejected.of(interchange)&(verdictRejected|verdictGroup) != 0
}

// PartlyRejected reports whether an error of consignment or item scope sits in the message, so that not all its
// consignments can be accepted.
func (l *List) PartlyRejected(interchange, message int) bool {
	return (l.rejected.messages[messageKey{interchange, message}]|l.rejected.of(interchange))&verdictPartly != 0
}
