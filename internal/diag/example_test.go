package diag_test

import (
	"fmt"
	"os"
	"strings"

	"cargogate/internal/diag"
)

// A list takes findings as they come, fills in what the code knows, and gives them back in the order of the file.
func ExampleList() {
	list := diag.NewList(diag.Limits{}, diag.WithSeverities(map[diag.Code]diag.Severity{
		diag.ByteOrderMark: diag.Off, // this partner's system cannot do without
	}))
	list.SetSyntaxVersion(3)
	list.Add(diag.Finding{
		Code: diag.ElementTooLong, Interchange: 1, Message: 2, Pos: diag.Position{Offset: 310, Length: 41},
		Args: []diag.Arg{diag.A("element", "3036"), diag.N("max", 35), diag.N("length", 41)},
	})
	list.Add(diag.Finding{Code: diag.TrailingSeparator, Interchange: 1, Message: 1, Pos: diag.Position{Offset: 97, Length: 1}})
	list.Add(diag.Finding{Code: diag.ByteOrderMark, Interchange: 1})
	for _, f := range list.All() {
		fmt.Println(f.Pos.Offset, f.Code, f.Severity, f.Standard, diag.English().Text(&f))
	}
	fmt.Println(list.Rejected(1, 1), list.Rejected(1, 2), list.Err())
	// Output:
	// 97 EDI0045 warning 0085:18 needless separators at the end
	// 310 EDI0039 error 0085:39 element 3036 is too long: 41 characters, at most 35
	// false true 1 error, first EDI0039 at byte 310
}

// Text for people shows the place in the bytes.
func ExampleNewText() {
	const file = "UNB+UNOA:2+LINE+CUSTOMS+260301:0915+77'\nUNZ+0+78'\n"
	list := diag.NewList(diag.Limits{})
	list.Add(diag.Finding{
		Code: diag.ReferenceMismatch, Interchange: 1, Pos: diag.Position{Offset: int64(strings.Index(file, "78'")), Length: 2},
		Pointer: "UNB[1]/UNZ/0020", Args: []diag.Arg{diag.A("header", "77"), diag.A("trailer", "78"), diag.A("of", "interchange")},
	})
	report := &diag.Report{
		File: "a.edi", Format: "edifact", Src: strings.NewReader(file), Size: int64(len(file)),
		Findings: list.All(), Counts: list.Counts(),
	}
	if err := diag.Resolve(report.Src, report.Size, report.Findings); err != nil {
		fmt.Println(err)
		return
	}
	text := diag.NewText(os.Stdout, diag.TextOptions{Columns: 72})
	if err := text.Report(report); err != nil {
		fmt.Println(err)
	}
	if err := text.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// error[EDI0028]: reference in the interchange trailer differs from the header: 78 instead of 77
	//  --> a.edi:2:7 (byte 46)  UNB 1 > UNZ > 0020
	//   |
	// 2 | UNZ+0+78'
	//   |       ^^
	//   = why: Header and trailer must carry the same reference. Where they
	//          differ, data of two messages may have been mixed or a part may
	//          have been lost.
	//   = help: Write the reference of the header into the trailer, too: 77.
	//           If both were generated, look for a message that was cut off
	//           and continued by another.
	//
	// 1 error
}

// Explain says what a code means; an unknown one gives those that are near it.
func ExampleExplain() {
	fmt.Println(diag.Explain(os.Stdout, "CAR006", "en", "text"))
	// Output: no finding code "CAR006"; near it: CAR0006 (GrossMassTotal), CAR0016 (UnknownPlace), CAR0026 (EquipmentCheckLimited)
}
