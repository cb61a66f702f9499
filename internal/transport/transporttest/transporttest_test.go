package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"cargogate/internal/cargo"
	"cargogate/internal/partner"
	"cargogate/internal/transport"
)

// A fault is a rule that the direct transport breaks.
type fault int

const (
	none fault = iota
	losesByte
	addsByte
	twice
	noAdmit
	admitsLate
	admitsOther
	noTrace
	alwaysLive
	deliversHalf
	ignoresBusy
	yesWithoutReceipt
	yesBeforeReceipt
	newActs
	sameAct
	noAct
	buffers
	rawNames
	noNames
)

// direct is a transport without a wire: a call of Send is a call of Receive.
type direct struct {
	r     transport.Receiver
	fault fault
	n     int
}

func harness(f fault) Harness {
	return func(r transport.Receiver) (Partner, func(), error) { return &direct{r: r, fault: f}, func() {}, nil }
}

func (d *direct) Send(ctx context.Context, f File) (Result, error) {
	return d.send(ctx, f, f.Body())
}

func (d *direct) send(ctx context.Context, f File, body io.Reader) (Result, error) {
	d.n++
	del := &transport.Delivery{
		Principal: partner.Principal{Kind: partner.KindPartner, ID: "ACME", Mode: f.Mode}, Channel: "direct", Kind: "direct", Mode: f.Mode,
		Name: transport.CleanName(f.Name), TransportID: f.Act, Headers: map[string]string{"remote": "here"}, TraceID: transport.NewTraceID(),
		Size: f.Size, Body: body,
	}
	asked := f.Size
	switch d.fault {
	case losesByte:
		del.Body, del.Size = io.LimitReader(body, f.Size-1), -1
		asked = -1
	case addsByte:
		del.Body, del.Size = io.MultiReader(body, bytes.NewReader([]byte{0})), -1
		asked = -1
	case admitsOther:
		asked = 7
	case noTrace:
		del.TraceID = ""
	case alwaysLive:
		del.Mode = cargo.TrafficLive
	case newActs:
		del.TransportID = fmt.Sprint(d.n)
	case sameAct:
		del.TransportID = "act"
	case noAct:
		del.TransportID = ""
	case rawNames:
		del.Name = f.Name
	case noNames:
		del.Name = ""
	case buffers:
		b, err := io.ReadAll(body)
		if err != nil {
			return Result{Later, 0}, nil
		}
		del.Body = bytes.NewReader(b)
	}
	var busy *transport.BusyError
	sent := int64(0)
	if d.fault == admitsLate {
		b, err := io.ReadAll(body)
		if err != nil {
			return Result{Later, 0}, nil
		}
		del.Body, sent = bytes.NewReader(b), int64(len(b))
	}
	if d.fault != noAdmit {
		if err := d.r.Admit(ctx, del.Principal, asked); errors.As(err, &busy) && d.fault != ignoresBusy {
			return Result{Later, sent}, nil
		}
	}
	if d.fault == yesBeforeReceipt {
		go d.r.Receive(context.WithoutCancel(ctx), del)
		time.Sleep(time.Millisecond)
		return Result{Yes, f.Size}, nil
	}
	if d.fault == twice {
		_, _ = d.r.Receive(ctx, del)
		del.Body = f.Body()
	}
	if _, err := d.r.Receive(ctx, del); err != nil && d.fault != yesWithoutReceipt {
		return Result{Later, f.Size}, nil
	}
	return Result{Yes, f.Size}, nil
}

// cut is a connection that ends early.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (d *direct) Abort(ctx context.Context, f File, n int64) error {
	body := io.MultiReader(io.LimitReader(f.Body(), n), cut{})
	if d.fault == deliversHalf {
		body, f.Size = io.LimitReader(f.Body(), n), n
	}
	_, err := d.send(ctx, f, body)
	return err
}

func TestDirect(t *testing.T) { Run(t, harness(none)) }

// TestFaults holds that the suite notices each broken transport, by the rule that is made for it.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault fault
		rules []string
	}{
		"loses a byte":                {losesByte, []string{"bytes"}},
		"adds a byte":                 {addsByte, []string{"bytes"}},
		"delivers twice":              {twice, []string{"bytes"}},
		"never asks for room":         {noAdmit, []string{"bytes", "busy"}},
		"asks for room too late":      {admitsLate, []string{"busy"}},
		"asks for other room":         {admitsOther, []string{"bytes"}},
		"makes no trace":              {noTrace, []string{"bytes"}},
		"forgets the mode":            {alwaysLive, []string{"mode"}},
		"delivers half files":         {deliversHalf, []string{"partial"}},
		"ignores that there is none":  {ignoresBusy, []string{"busy"}},
		"says yes without a receipt":  {yesWithoutReceipt, []string{"no without receipt"}},
		"says yes before the receipt": {yesBeforeReceipt, []string{"receipt before yes"}},
		"names every try anew":        {newActs, []string{"repeat"}},
		"names all alike":             {sameAct, []string{"repeat"}},
		"names none":                  {noAct, []string{"repeat"}},
		"buffers":                     {buffers, []string{"large"}},
		"hands names through":         {rawNames, []string{"names"}},
		"drops names":                 {noNames, []string{"bytes", "names"}},
	} {
		for _, want := range tt.rules {
			i := slices.IndexFunc(Rules(), func(r Rule) bool { return r.Name == want })
			if i < 0 {
				t.Fatalf("there is no rule %q", want)
			}
			if err := Rules()[i].Check(t.Context(), harness(tt.fault)); err == nil {
				t.Errorf("a transport that %s passes %q", name, want)
			} else {
				t.Logf("%s, %s: %v", name, want, err)
			}
		}
	}
}
