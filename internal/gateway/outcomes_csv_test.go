package gateway

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestReadOutcomes(t *testing.T) {
	t.Parallel()
	want := "[{2 HLCU1 MSCU1234566 2026-11-24 nil  clean} {3 HLCU2  2026-11-25 seizure narcotics 40 kg; in the door}]"
	for _, text := range []string{
		"bill,equipment,on,result,family,note\nHLCU1,MSCU1234566,2026-11-24,nil,,clean\nHLCU2,,2026-11-25,seizure,narcotics,\"40 kg; in the door\"\n",
		"\ufeffBill;Equipment;On;Result;Family;Note\r\nHLCU1;MSCU1234566;2026-11-24;nil;;clean\r\nHLCU2;;2026-11-25;seizure;narcotics;\"40 kg; in the door\"",
	} {
		got, err := ReadOutcomes(strings.NewReader(text))
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%v\n%v\nwant\n%s", err, got, want)
		}
	}
	if got, err := ReadOutcomes(strings.NewReader("result,bill\nnil,A\n")); err != nil || len(got) != 1 || got[0].Bill != "A" || got[0].Result != "nil" {
		t.Errorf("%v, %v", got, err)
	}
	for text, want := range map[string]string{
		"":                                   "line 1: there is nothing",
		"bill,what,result\n":                 `line 1, column 6: there is no column "what"`,
		"bill,result,bill\n":                 "line 1, column 13: the column bill is there twice",
		"bill,on\n":                          "the column result must be there",
		"result,on\n":                        "and bill or equipment",
		"bill,result\nA\n":                   "line 2, column 1",
		"bill,result\nA,nil\n\"B,nil\nC,nil": "line",
		"bill,result\n" + strings.Repeat("A,nil\n", maxOutcomes+1): fmt.Sprintf("line %d: more than", maxOutcomes+2),
	} {
		got, err := ReadOutcomes(strings.NewReader(text))
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}
