package storetest

import (
	"cargogate/internal/gateway"
)

var artifactRules = []Rule{
	{"artifact/keeps what it is given", func(r *rig) {
		a := gateway.Artifact{ID: "rules-1", Kind: "rules", Body: []byte("one\x00two")}
		b := gateway.Artifact{ID: "versions-1", Kind: "versions", Body: []byte("{}")}
		r.ok(r.store.PutArtifacts(r.ctx, []gateway.Artifact{a, b}), "artifacts")
		for _, want := range []gateway.Artifact{a, b} {
			got, err := r.store.Artifact(r.ctx, want.ID)
			r.ok(err, "artifact")
			r.equal(got, want, "artifact")
		}
	}},
	{"artifact/the first one stays", func(r *rig) {
		first := gateway.Artifact{ID: "list-1", Kind: "list", Body: []byte("first")}
		other := first
		other.Body = []byte("other")
		r.ok(r.store.PutArtifacts(r.ctx, []gateway.Artifact{first}), "artifacts")
		r.ok(r.store.PutArtifacts(r.ctx, []gateway.Artifact{other, {ID: "list-2", Kind: "list", Body: []byte("new")}}), "artifacts again")
		got, err := r.store.Artifact(r.ctx, first.ID)
		r.ok(err, "artifact")
		r.equal(got, first, "artifact")
		_, err = r.store.Artifact(r.ctx, "list-2")
		r.ok(err, "artifact beside one that is there")
	}},
	{"artifact/of what is not there", func(r *rig) {
		_, err := r.store.Artifact(r.ctx, "rules-0")
		r.is(err, gateway.ErrNotFound, "unknown artifact")
	}},
}
