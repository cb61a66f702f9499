package intake

import (
	"errors"
	"fmt"
	"io"
	"time"

	"cargogate/internal/diag"
	"cargogate/internal/edifact/contrl"
)

// KindCONTRL is the syntax and service report, the kind of answer that is written.
const KindCONTRL = "contrl"

// AnswerOptions say how the answers to an original are written.
type AnswerOptions struct {
	Options
	Kind   string           // "" or KindCONTRL
	Always bool             // answer also what asked for no acknowledgement (DE 0031) and is not refused
	Line   string           // after each segment of the answer: "", "\n" or "\r\n"
	Now    func() time.Time // when the answer is prepared; nil is time.Now
}

// An AnswerResult says what came of each interchange.
type AnswerResult struct {
	*Result
	Written    int // answers written
	Unanswered []Unanswered
}

// Unanswered is an interchange that got no answer.
type Unanswered struct {
	Interchange int   // 1-based in the file
	Reason      error // contrl.ErrNotAskedFor, contrl.ErrCONTRL or contrl.ErrNoAddress
}

// Answers say which answers a reading shall write, and where to.
type Answers struct {
	Kind   string           // "" or KindCONTRL
	Always bool             // answer also what asked for no acknowledgement (DE 0031) and is not refused
	Line   string           // after each segment of the answer: "", "\n" or "\r\n"
	Now    func() time.Time // when the answer is prepared; nil is time.Now
	// Reference gives the control reference (DE 0020, an..14) of the answer to an interchange; nil makes it of Now.
	Reference func(interchange int) string
	// Out gives what an answer is written to.
	Out func(interchange int, kind string) (io.WriteCloser, error)
}

func (a *Answers) check() error {
	if a.Kind != "" && a.Kind != KindCONTRL {
		return fmt.Errorf("intake: no answer of kind %q is written; there is %q", a.Kind, KindCONTRL)
	}
	return nil
}

// Answered says what came of each interchange.
type Answered struct {
	Written    int // answers written
	Unanswered []Unanswered
}

// Answer reads an original and writes the answer to each of its interchanges, in order, to what out gives for it.
// An interchange is answered if it asked for that, and if it is refused for its syntax, in whole or in part, whether it
// asked or not: a sender must not take silence for success. A CONTRL is never answered.
func Answer(o Original, opts AnswerOptions, out func(interchange int, kind string) (io.WriteCloser, error)) (*AnswerResult, error) {
	opts.Options.Handler = Handler{}
	opts.Options.Answers = &Answers{Kind: opts.Kind, Always: opts.Always, Line: opts.Line, Now: opts.Now, Out: out}
	res, err := Read(o, opts.Options)
	if res == nil {
		return nil, err
	}
	return &AnswerResult{Result: res, Written: res.Answered.Written, Unanswered: res.Answered.Unanswered}, err
}

// answer writes the answers once everything has been read.
func (r *reading) answer(res *Result, a *Answers) error {
	now := time.Now
	if a.Now != nil {
		now = a.Now
	}
	answered := &res.Answered
	for _, s := range r.recorder.Subjects() {
		i := s.Interchange.Index
		stamp := now().UTC()
		co := contrl.Options{ControlReference: answerReference(stamp, i), Date: stamp.Format("20060102"), Time: stamp.Format("1504"), Line: a.Line,
			Always: a.Always || s.Rejected || len(s.Messages) > 0 || r.list.InterchangeRejected(i) || r.list.GroupRejected(i)}
		if a.Reference != nil {
			co.ControlReference = a.Reference(i)
		}
		for _, g := range s.Groups {
			co.Always = co.Always || r.list.GroupRefused(i, g.Header.Index)
		}
		if err := contrl.Wanted(s, co); err != nil {
			answered.Unanswered = append(answered.Unanswered, Unanswered{i, err})
			continue
		}
		w, err := a.Out(i, KindCONTRL)
		if err != nil {
			return err
		}
		if err := errors.Join(contrl.Write(w, s, res.Findings, co), w.Close()); err != nil {
			return err
		}
		answered.Written++
	}
	return nil
}

// answerReference gives an interchange control reference (DE 0020, an..14) for an answer: time of preparation to the
// second, and a number within the file.
func answerReference(stamp time.Time, interchange int) string {
	return fmt.Sprintf("%s%02d", stamp.Format("060102150405"), interchange%100)
}

// add takes a finding into the list, and tells the recorder of it with the severity that counts.
func (r *reading) add(f diag.Finding) {
	if r.recorder != nil {
		told := f
		if s, ok := r.opts.Severities[f.Code]; ok {
			told.Severity = s
		}
		r.recorder.Finding(&told)
	}
	r.list.Add(f)
}
