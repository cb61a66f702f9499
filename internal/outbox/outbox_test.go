package outbox

import (
	"slices"
	"strings"
	"testing"
)

// The package is what others agree on: the words in which it is written are kept, as consumers and databases hold them.
func TestWordsAreKept(t *testing.T) {
	t.Parallel()
	types := []string{TypeSettled, TypeParked, TypeConsignment, TypeDelivered, TypeUndelivered}
	types = append(types, CaseTypes()...)
	want := []string{"cargogate.message.settled.v1", "cargogate.message.parked.v1", "cargogate.consignment.status.v1", "cargogate.answer.delivered.v1",
		"cargogate.answer.parked.v1", "cargogate.case.opened.v1", "cargogate.case.updated.v1", "cargogate.case.reopened.v1", "cargogate.case.decided.v1",
		"cargogate.case.outcome.v1", "cargogate.case.closed.v1"}
	if !slices.Equal(types, want) {
		t.Errorf("types of events are %q, and consumers know %q", types, want)
	}
	for _, name := range types { // CloudEvents 1.0: a reverse-DNS name of its own, with its version
		if !strings.HasPrefix(name, "cargogate.") || !strings.HasSuffix(name, ".v1") {
			t.Errorf("%q is no name of ours with a version", name)
		}
	}
	states := []DeliveryState{Pending, Available, Delivered, Parked}
	if !slices.Equal(states, []DeliveryState{"pending", "available", "delivered", "parked"}) {
		t.Errorf("states of deliveries are %q, and databases hold others", states)
	}
}

// A Delivery that nobody has touched is in no state, so that one which was forgotten to be set is seen.
func TestZeroIsNoState(t *testing.T) {
	t.Parallel()
	if slices.Contains([]DeliveryState{Pending, Available, Delivered, Parked}, Delivery{}.State) {
		t.Errorf("the zero value is the state %q", Delivery{}.State)
	}
	if (Event{}).Position != 0 {
		t.Error("an event is numbered from the beginning")
	}
}
