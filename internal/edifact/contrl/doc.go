// Package contrl writes CONTRL, the syntax and service report, from findings: what was refused in a received
// interchange (the subject), and where.
//
// It writes CONTRL D.3 for subjects of syntax versions 1 to 3, and CONTRL 4.1 (ISO 9735-4:2002) for version 4. Only
// errors whose code has a DE 0085 value appear. Findings about cargo have none: what a customs office thinks of the
// content is said in APERAK or CUSRES, and a message that is refused for its content alone is acknowledged here.
//
// The report is built as the standard counts. UCI speaks for UNA, UNB and UNZ, UCF for UNG and UNE, UCM for UNH and
// UNT, each with one code: that of the first fault. UCS and UCD speak for the segments between UNH and UNT. What is
// not named is acknowledged. A missing segment has the position of the last one before it (DE 0096).
//
// Limits: 999 UCS a message and 99 UCD a segment (the message table), positions of at most six digits. What is cut
// shows as 18 (unspecified error) in the segment above, where that has no code of its own. Mandatory values that a
// message or group header lacks are written as a hyphen, those too long are clipped; an interchange header that lacks
// one cannot be answered.
package contrl
