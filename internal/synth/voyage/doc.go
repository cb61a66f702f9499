// Package voyage makes synthetic sea traffic for a customs administration: filings of carriers, slot partners and
// NVOCCs about the ships that call at its ports, with typologies of illicit trade planted among honest consignments.
//
// A Generator gives the files in the order in which they are received, each a UN/EDIFACT interchange with one CUSCAR
// (D.95B or D.16A) in one of several national flavours. Beside them, and nowhere in them, it gives a Truth for each
// consignment that was planted: a typology with the signs that it shows, or an honest look-alike that shares its
// surface. docs/typologies.md describes both.
//
// The same options give the same bytes on every machine: all numbers are integers, all randomness is a function of the
// seed and of what is made, and nothing depends on the order of a map. A bill is made from its place in the traffic
// alone, so nothing but a small plan of the filings to come is kept, whatever the number of consignments.
//
// Companies, persons, ships and brands are invented; so are their addresses and numbers. Ports, codes of carriers and
// containers, commodity codes and UN numbers are real.
package voyage
