// Package transporttest is the suite that every transport passes: what it must hand to a Receiver, and when it may tell
// a sender yes. A Harness brings the transport and plays the partner.
package transporttest
