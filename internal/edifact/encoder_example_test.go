package edifact_test

import (
	"bytes"
	"fmt"
	"os"

	"cargogate/internal/edifact"
)

func ExampleEncoder() {
	e := edifact.NewEncoder(os.Stdout, edifact.EncoderOptions{SyntaxID: "UNOC", Line: "\n"})
	_ = e.BeginInterchange(&edifact.Interchange{
		Sender: edifact.Address{ID: "NORTHWAY LINE"}, Recipient: edifact.Address{ID: "CUSTOMSGATE"},
		Date: "261123", Time: "0915", ControlReference: "411",
	})
	_ = e.BeginMessage(&edifact.Message{Type: "CUSCAR", Version: "D", Release: "95B", Agency: "UN"})
	_ = e.Segment("BGM", edifact.Simple("85"), edifact.Simple("NW2611"), edifact.Simple("9"))
	_ = e.Segment("NAD", edifact.Simple("CN"), edifact.Composite("NL123", "", "ZZZ"), edifact.Element{}, edifact.Simple("O'Neil + Sons"))
	_ = e.EndMessage()
	if err := e.EndInterchange(); err != nil { // the first error stays
		fmt.Println(err)
	}
	// Output:
	// UNB+UNOC:3+NORTHWAY LINE+CUSTOMSGATE+261123:0915+411'
	// UNH+1+CUSCAR:D:95B:UN'
	// BGM+85+NW2611+9'
	// NAD+CN+NL123::ZZZ++O?'Neil ?+ Sons'
	// UNT+4+1'
	// UNZ+1+411'
}

func ExampleReformat() {
	in := []byte("UNB+UNOC:3+A+B+261123:0915+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+1'UNZ+1+7'")
	if err := edifact.Reformat(os.Stdout, bytes.NewReader(in), int64(len(in)), edifact.Layout{Line: "\n"}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// UNB+UNOC:3+A+B+261123:0915+7'
	// UNH+1+CUSCAR:D:95B:UN'
	// BGM+85+X+9'
	// UNT+3+1'
	// UNZ+1+7'
}
