package gateway

import "context"

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

// PackBody gives a body as receipts hold it.
func PackBody(b []byte) []byte { return packBody(b) }

// A Decided is what the writer of answers to decisions is given.
type Decided = decisionResponse

// AnswerWith has answers to decisions written by f.
func (g *Gateway) AnswerWith(f func(dst []byte, r Decided) ([]byte, error)) { g.cusres = f }
