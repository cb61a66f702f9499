package diag

import "testing"

func TestRejected(t *testing.T) {
	type answers struct{ message1, message2, interchange, group, partly1, otherMessage bool }
	for _, c := range []struct {
		name string
		f    Finding
		want answers
	}{
		{"message", Finding{Code: MissingElement, Interchange: 1, Message: 1}, answers{message1: true}},
		{"interchange", Finding{Code: CharacterSetNotSupported, Interchange: 1}, answers{message1: true, message2: true, interchange: true}},
		{"interchange from within a message", Finding{Code: CharacterSetNotSupported, Interchange: 1, Message: 2},
			answers{message1: true, message2: true, interchange: true}},
		{"group", Finding{Code: MissingGroupTrailer, Interchange: 1, Message: 2}, answers{message1: true, message2: true, group: true}},
		{"message kind in the envelope", Finding{Code: ControlCountMismatch, Interchange: 1}, answers{message1: true, message2: true, interchange: true}},
		{"consignment", Finding{Code: GrossMassTotal, Interchange: 1, Message: 1}, answers{partly1: true}},
		{"item", Finding{Code: UnknownUnit, Interchange: 1, Message: 1}, answers{partly1: true}},
		{"warning", Finding{Code: TrailingSeparator, Interchange: 1, Message: 1}, answers{}},
		{"error by profile", Finding{Code: TrailingSeparator, Severity: Error, Interchange: 1, Message: 1}, answers{message1: true}},
		{"warning by profile", Finding{Code: MissingElement, Severity: Warning, Interchange: 1, Message: 1}, answers{}},
		{"other interchange", Finding{Code: MissingElement, Interchange: 2, Message: 1}, answers{otherMessage: true}},
		{"whole file", Finding{Code: UnknownFormat}, answers{}},
		{"code that does not exist", Finding{Code: "ZZZ0001", Interchange: 1, Message: 1}, answers{message1: true, message2: true, interchange: true}},
	} {
		l := NewList(Limits{})
		l.Add(c.f)
		got := answers{l.Rejected(1, 1), l.Rejected(1, 2), l.InterchangeRejected(1), l.GroupRejected(1), l.PartlyRejected(1, 1), l.Rejected(2, 1)}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	l := NewList(Limits{})
	l.Add(Finding{Code: EmptyFile})
	if !l.InterchangeRejected(0) || !l.Rejected(0, 0) {
		t.Error("an error of the whole file is not found under interchange 0")
	}
}

// TestRejectedThoughOmitted: a finding that the limits leave out still rejects.
func TestRejectedThoughOmitted(t *testing.T) {
	l := NewList(Limits{PerFile: 1})
	l.Add(Finding{Code: MissingElement, Interchange: 1, Message: 1})
	l.Add(Finding{Code: MissingElement, Interchange: 1, Message: 2, Pos: Position{Offset: 9}})
	if len(l.Message(1, 2)) != 0 || !l.Rejected(1, 2) || l.Rejected(1, 3) {
		t.Error("the omitted error is forgotten, or hits another message")
	}
}

// TestRejectedBound: what cannot be remembered falls to the safe side.
func TestRejectedBound(t *testing.T) {
	l := NewList(Limits{})
	l.rejected.max = 3
	for m := 1; m <= 3; m++ {
		l.Add(Finding{Code: MissingElement, Interchange: 1, Message: m})
	}
	if l.InterchangeRejected(1) || l.Rejected(1, 4) {
		t.Error("rejected before the bound")
	}
	l.Add(Finding{Code: GrossMassTotal, Interchange: 1, Message: 1})
	l.Add(Finding{Code: GrossMassTotal, Interchange: 1, Message: 4})
	if l.InterchangeRejected(1) || l.Rejected(1, 4) || !l.PartlyRejected(1, 1) || !l.PartlyRejected(1, 4) {
		t.Error("a partial rejection beyond the bound must stay partial")
	}
	l.Add(Finding{Code: MissingElement, Interchange: 1, Message: 4})
	if !l.InterchangeRejected(1) || !l.Rejected(1, 4) || !l.Rejected(1, 5) || l.Rejected(2, 1) {
		t.Error("beyond the bound the interchange is not rejected, or another one is")
	}
	for i := 2; i <= 5; i++ {
		l.Add(Finding{Code: CharacterSetNotSupported, Interchange: i})
	}
	if !l.InterchangeRejected(99) || len(l.rejected.messages) > 3 || len(l.rejected.interchanges) > 3 {
		t.Errorf("beyond the second bound: %d messages, %d interchanges", len(l.rejected.messages), len(l.rejected.interchanges))
	}
}

// An error in the header or trailer of a named group costs that group, not its interchange.
func TestGroupRefused(t *testing.T) {
	for _, c := range []struct {
		name         string
		f            Finding
		group, whole bool
	}{
		{"a count in UNE", Finding{Code: ControlCountMismatch, Interchange: 1, Group: 2}, true, false},
		{"a message type that differs", Finding{Code: SecondMessageTypeInGroup, Interchange: 1, Group: 2, Message: 3}, true, false},
		{"a message in the group", Finding{Code: MissingElement, Interchange: 1, Group: 2, Message: 3}, false, false},
		{"a count in UNZ", Finding{Code: ControlCountMismatch, Interchange: 1}, false, true},
		{"what refuses the interchange wherever it stands", Finding{Code: LowerLevelEmpty, Interchange: 1, Group: 2}, false, true},
		{"a warning", Finding{Code: VersionDiffersFromGroup, Interchange: 1, Group: 2}, false, false},
	} {
		l := NewList(Limits{})
		l.Add(c.f)
		if l.GroupRefused(1, 2) != c.group || l.InterchangeRejected(1) != c.whole || l.GroupRefused(1, 1) || l.GroupRefused(2, 2) {
			t.Errorf("%s: group refused %t, interchange %t", c.name, l.GroupRefused(1, 2), l.InterchangeRejected(1))
		}
	}
}
