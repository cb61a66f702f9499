package s3

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"cargogate/internal/blob"
)

// retry runs one request until it succeeds, fails for good, or has had its attempts. limit bounds one attempt, 0 leaves
// that to the connection. All of it ends with ctx.
func (s *Store) retry(ctx context.Context, limit time.Duration, request func(ctx context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := once(ctx, limit, request)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !again(err) {
			return err
		}
		if attempt >= s.cfg.Attempts {
			return fmt.Errorf("given up after %d attempts: %w", attempt, err)
		}
		wait := min(s.cfg.Backoff<<min(attempt-1, 16), maxBackoff)
		wait -= rand.N(wait/2 + 1)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func once(ctx context.Context, limit time.Duration, request func(ctx context.Context) error) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return request(ctx)
}

var worthRetrying = retry.IsErrorRetryables(retry.DefaultRetryables)

// again reports whether a request that failed may succeed if it is sent once more: what is the server's or the line's
// fault, and not ours.
func again(err error) bool {
	if errors.Is(err, blob.ErrDigest) || errors.Is(err, errSpool) {
		return false
	}
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "ConditionalRequestConflict":
		return true // two wrote at once, and it is not known who won
	case status(err) == http.StatusTooManyRequests:
		return true
	case status(err) < 300:
		return true // no answer, or one that broke off
	default:
		return status(err) >= 500 || worthRetrying.IsErrorRetryable(err) == aws.TrueTernary
	}
}

// status gives the HTTP status of an answer that was an error, 0 if there was no answer.
func status(err error) int {
	var re *smithyhttp.ResponseError
	if errors.As(err, &re) && re.Response != nil && re.Response.Response != nil {
		return re.HTTPStatusCode()
	}
	return 0
}

// missing reports whether an answer says that there is no such object. That there is no such bucket is another thing,
// though the answer to a HEAD does not say which.
func missing(err error) bool {
	var api smithy.APIError
	return status(err) == http.StatusNotFound && !(errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket")
}
