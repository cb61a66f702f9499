// Package directory holds the tables that say how an EDIFACT message is built:
// segment tables, segments, composites, data elements and code lists, by directory
// release.
//
// The data comes from sixteen releases of the United Nations directories (UNTDID)
// between D.95B and D.18A, taken over by gendirectory: tags, positions, status,
// repeats, representations, code values and short names, each with the releases
// that it holds for. The service segments and CONTRL are kept by hand in
// data/service.txt from ISO 9735, syntax versions 3 and 4. Rec 19, 20 and 21, UN/LOCODE
// and ISO code lists are no part of the directories and not held here.
//
// Tables are read when first asked for, one release at a time, and stay in memory;
// names of code values are not, they are found in the embedded file each time. All
// functions may be called by several goroutines at once.
package directory
