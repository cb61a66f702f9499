package scoring_test

import (
	"fmt"
	"log"

	"cargogate/internal/cargo"
	"cargogate/internal/scoring"
)

// A consignment is scored, its record is stored, and the record is replayed.
func Example() {
	engine, err := scoring.NewEngine(scoring.Options{})
	if err != nil {
		log.Fatal(err)
	}
	scorer := engine.NewScorer() // one for each goroutine

	c := &cargo.Consignment{Mode: cargo.ModeMaritime, Level: cargo.LevelSimple}
	c.AddDocument(cargo.DocumentBill, "ABCD118W0042", "ABCD")
	item := c.AddItem()
	item.Description, item.HS, item.GrossMass = "COCONUT SHELL CHARCOAL", "440290", cargo.Measure{Value: "18000", Unit: "KGM"}

	score := scorer.Score(&scoring.Input{Consignment: c})
	for i := range score.Reasons {
		if r := &score.Reasons[i]; r.Rule.Family == "dangerous_goods" {
			fmt.Println(r.Rule.Points, r.Rule.ID, score.Fields(r)[0], score.Text(r))
		}
	}
	fmt.Println(score.Assessable, score.Missing)

	line := score.AppendJSON(nil, c)
	stored, err := scoring.DecodeStored(line)
	if err != nil {
		log.Fatal(err)
	}
	again, err := scorer.AppendReplay(nil, stored)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line) == string(again))
	// Output:
	// 33 dangerous-undeclared@1 /items/0/description “coconut shell charcoal” is dangerous, and nothing is declared as dangerous.
	// 14 dangerous-hs@1 /items/0/hs HS 440290 nearly always travels as dangerous, and nothing is declared as dangerous.
	// false [parties route]
	// true
}
