// Package scoring says of one consignment how much of it should make an officer look, and why.
//
// A score is a sum of whole points, and every point has a reason that names the fields it comes from. The way there has
// three steps, each a pure function: no store, no clock, no I/O.
//
//   - Features: what is to be known of a consignment, taken from cargo and from the Input beside it. Each has a number,
//     an id@version, a meaning, and one of three states: known, absent (not declared), not derivable (declared, but it
//     says nothing that can be used, or what would be compared with it is not there). Together they are the Vector.
//   - Indicators: rows of a data file (family, points, parameters, text) joined with small functions of this package by
//     id@version. An indicator reads features only, so that a stored vector gives the same score for ever.
//   - The score: points, points by threat family, band, whether the threshold is reached, reasons, and whether the
//     consignment could be assessed at all.
//
// All points add up: no indicator is capped and none knows of another. An indicator's points vanish exactly when what it
// read is made good.
//
// Lists of words, codes and tables are data files with a strict format; a site puts its own files beside the built-in
// ones. Rules, lists, reference data and the code's behaviour are named by content hash, see Versions.
//
// docs/targeting.md is the catalogue, and a test holds it to the data.
package scoring
