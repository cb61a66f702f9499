package cargo

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestResetEmptiesAndKeepsCapacity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t, true)
		before := capacities(reflect.ValueOf(r).Elem(), "")
		r.Reset()
		empty := reflect.New(reflect.TypeOf(r).Elem()).Interface()
		if diff := cmp.Diff(empty, r, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("after Reset:\n%s", diff)
		}
		if diff := cmp.Diff(before, capacities(reflect.ValueOf(r).Elem(), "")); diff != "" {
			t.Fatalf("capacity lost:\n%s", diff)
		}
	})
}

// capacities lists the capacity of every slice that a record holds itself, not through its elements or pointers.
func capacities(v reflect.Value, at string) map[string]int {
	out := map[string]int{}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			for name, n := range capacities(v.Field(i), at+"."+v.Type().Field(i).Name) {
				out[name] = n
			}
		}
	case reflect.Slice:
		out[at] = v.Cap()
	}
	return out
}

// TestAddedElementsAreEmpty fills a record, resets it, and adds through every Add method: nothing of the old content
// may be seen.
func TestAddedElementsAreEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t, true)
		r.Reset()
		added := addAll(reflect.ValueOf(r))
		fresh := reflect.New(reflect.TypeOf(r).Elem())
		if want := addAll(fresh); added != want {
			t.Fatalf("%d methods on a used record, %d on a new one", added, want)
		}
		if diff := cmp.Diff(fresh.Interface(), r, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("new -, used +\n%s", diff)
		}
	})
	if n := addAll(reflect.ValueOf(new(Consignment))); n < 30 {
		t.Errorf("only %d Add methods found", n)
	}
}

// addAll calls every method named Add… of v and of the elements that they give, with arguments named after nothing but
// their place, and counts them.
func addAll(v reflect.Value) int {
	n := 0
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		if !strings.HasPrefix(name, "Add") {
			continue
		}
		n++
		method := v.Method(i)
		args := make([]reflect.Value, method.Type().NumIn())
		for k := range args {
			args[k] = reflect.New(method.Type().In(k)).Elem()
			if args[k].Kind() == reflect.String {
				args[k].SetString("argument")
			}
		}
		if out := method.Call(args); len(out) == 1 && out[0].Kind() == reflect.Pointer {
			n += addAll(out[0])
		}
	}
	return n
}

func TestCloneSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t, rapid.Bool().Draw(t, "full"))
		clone := reflect.ValueOf(r).MethodByName("Clone").Call(nil)[0].Interface().(Record)
		if diff := cmp.Diff(r, clone); diff != "" {
			t.Fatalf("the clone differs:\n%s", diff)
		}
		seen := map[uintptr]string{}
		memory(reflect.ValueOf(r).Elem(), "", func(p uintptr, at string) { seen[p] = at })
		memory(reflect.ValueOf(clone).Elem(), "", func(p uintptr, at string) {
			if old, ok := seen[p]; ok {
				t.Fatalf("%s of the clone is %s of the record", at, old)
			}
		})
	})
}

// memory calls visit with the address of everything that a value holds through slices and pointers.
func memory(v reflect.Value, at string, visit func(uintptr, string)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			memory(v.Field(i), at+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Slice:
		if v.Cap() > 0 {
			visit(v.Pointer(), at)
		}
		for i := range v.Len() {
			memory(v.Index(i), at+"[]", visit)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			visit(v.Pointer(), at)
			memory(v.Elem(), at, visit)
		}
	}
}

func TestRefillAllocatesNothing(t *testing.T) {
	call := sampleCall(t)
	c := new(Consignment)
	fillSample(t, c, call)
	want := string(c.AppendJSON(nil))
	if n := testing.AllocsPerRun(100, func() {
		c.Reset()
		fillSample(t, c, call)
	}); n != 0 {
		t.Errorf("%v allocations to fill a consignment again", n)
	}
	if got := string(c.AppendJSON(nil)); got != want {
		t.Errorf("filled again:\n%s\nwant\n%s", got, want)
	}
}

func TestEquipmentCopyFrom(t *testing.T) {
	var a, b Equipment
	a.SetID("CSQU3054383")
	a.AddSeal("S1", "CA", "")
	b.AddSeal("OLD", "", "")
	b.CopyFrom(&a)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("copy differs:\n%s", diff)
	}
	a.Seals[0] = "changed"
	if b.Seals[0] != "S1" {
		t.Error("the copy shares its seals")
	}
}
