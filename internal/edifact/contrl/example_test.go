package contrl_test

import (
	"fmt"
	"os"

	"cargogate/internal/diag"
	"cargogate/internal/edifact"
	"cargogate/internal/edifact/contrl"
)

func ExampleWrite() {
	subject := &contrl.Subject{
		Interchange: &edifact.Interchange{Index: 1, HasHeader: true, SyntaxID: "UNOC", SyntaxVersion: 3, AckRequest: "1",
			Sender: edifact.Address{ID: "NORTHWAY LINE"}, Recipient: edifact.Address{ID: "CUSTOMSGATE"}, ControlReference: "411"},
		Messages: []contrl.Message{{Header: edifact.Message{Index: 2, Reference: "M2", Type: "CUSCAR", Version: "D", Release: "95B", Agency: "UN"}}},
	}
	// The third component of the second element after the tag is too long, in the ninth segment of the second message.
	findings := []diag.Finding{{Code: diag.ElementTooLong, Interchange: 1, Message: 2, Pos: diag.Position{Segment: 9, Element: 2, Component: 3}}}
	err := contrl.Write(os.Stdout, subject, findings, contrl.Options{ControlReference: "A1", Date: "261124", Time: "1016", Line: "\n"})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// UNB+UNOC:3+CUSTOMSGATE+NORTHWAY LINE+261124:1016+A1'
	// UNH+1+CONTRL:D:3:UN'
	// UCI+411+NORTHWAY LINE+CUSTOMSGATE+7'
	// UCM+M2+CUSCAR:D:95B:UN+4'
	// UCS+9'
	// UCD+39+3:3'
	// UNT+6+1'
	// UNZ+1+A1'
}
