package gateway

import (
	"context"
	"slices"

	"cargogate/internal/cargo"
	"cargogate/internal/scoring"
)

// CaseAll numbers events, makes links and brings cases in line until there is nothing left to do.
func (g *Gateway) CaseAll(ctx context.Context) error {
	for {
		if err := g.LinkAll(ctx); err != nil {
			return err
		}
		n, err := g.followCases(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// ScoreOf scores a consignment by itself, as reading it does.
func (g *Gateway) ScoreOf(c *cargo.Consignment) Scored {
	a := g.assessors.take()
	defer g.assessors.give(a)
	s := a.score(&scoring.Input{Consignment: c})
	s.Blob = slices.Clone(s.Blob)
	return s
}

// PackRecord gives a consignment as rows hold it.
func PackRecord(c *cargo.Consignment) []byte { return packJSON(c.AppendJSON(nil)) }

// PackBody gives a body as receipts hold it.
func PackBody(b []byte) []byte { return packBody(b) }

// A Decided is what the writer of answers to decisions is given.
type Decided = decisionResponse

// AnswerWith has answers to decisions written by f.
func (g *Gateway) AnswerWith(f func(dst []byte, r Decided) ([]byte, error)) { g.cusres = f }
