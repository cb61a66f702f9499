package storetest

import (
	"context"

	"cargogate/internal/gateway"
)

// A keeping is a store whose artifacts are others.
type keeping struct {
	gateway.Store
	put func(s gateway.Store, ctx context.Context, all []gateway.Artifact) error
	get func(a gateway.Artifact, err error) (gateway.Artifact, error)
}

func (k keeping) PutArtifacts(ctx context.Context, all []gateway.Artifact) error {
	return k.put(k.Store, ctx, all)
}

func (k keeping) Artifact(ctx context.Context, id string) (gateway.Artifact, error) {
	return k.get(k.Store.Artifact(ctx, id))
}

func plainPut(s gateway.Store, ctx context.Context, all []gateway.Artifact) error {
	return s.PutArtifacts(ctx, all)
}

func plainGet(a gateway.Artifact, err error) (gateway.Artifact, error) { return a, err }

var brokenArtifact = []Breakage{
	{"artifacts lose their kind", "artifact/keeps what it is given", func(s gateway.Store) gateway.Store {
		return keeping{s, plainPut, func(a gateway.Artifact, err error) (gateway.Artifact, error) {
			a.Kind = ""
			return a, err
		}}
	}},
	{"only the first artifact is kept", "artifact/the first one stays", func(s gateway.Store) gateway.Store {
		return keeping{s, func(s gateway.Store, ctx context.Context, all []gateway.Artifact) error {
			return s.PutArtifacts(ctx, all[:1])
		}, plainGet}
	}},
	{"an artifact that is not there is empty", "artifact/of what is not there", func(s gateway.Store) gateway.Store {
		return keeping{s, plainPut, func(a gateway.Artifact, _ error) (gateway.Artifact, error) { return a, nil }}
	}},
}
