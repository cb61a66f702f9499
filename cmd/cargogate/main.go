// Command cargogate reads customs cargo messages: it checks them, turns them into canonical consignments, answers
// them, and shows what is in them.
//
// Exit statuses: 0 clean or warnings only, 1 findings of severity error, 2 wrong usage, 3 a file could not be read.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// A commandLine is the commands with their flags. The names are a contract with scripts.
type commandLine struct {
	Demo     demoCommand     `cmd:"" help:"Try it: a gateway on this machine with invented partners and traffic."`
	Check    checkCommand    `cmd:"" help:"Say what is wrong with messages, and where."`
	Convert  convertCommand  `cmd:"" help:"Write canonical consignments as JSON, one a line."`
	Score    scoreCommand    `cmd:"" help:"Score consignments: points, and the reasons for them."`
	Ack      ackCommand      `cmd:"" help:"Write the acknowledgement that the gateway would send."`
	Fmt      fmtCommand      `cmd:"" help:"Put a segment on a line, indented by group; or minify."`
	Show     showCommand     `cmd:"" help:"Name every element and every code of a message."`
	Explain  explainCommand  `cmd:"" help:"Say what a finding code means and how to put it right."`
	Gen      generateCommand `cmd:"" name:"generate" help:"Write synthetic traffic with planted typologies."`
	Evaluate evaluateCommand `cmd:"" help:"Say what scores are worth on generated traffic, whose truth is known."`
	Serve    serveCommand    `cmd:"" help:"Run the gateway: receive, work on, answer."`
	Partner  partnerCommand  `cmd:"" help:"Partners that file: add, change, suspend; their channels and mandates."`
	Key      keyCommand      `cmd:"" help:"API keys: make, list, rotate, revoke."`
	User     userCommand     `cmd:"" help:"Staff of the administration."`
	Profile  profileCommand  `cmd:"" help:"What was agreed with partners beyond the standard: severities, answers."`
	Conf     configCommand   `cmd:"" name:"config" help:"Check a configuration file."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database to the schema of this release."`
	Audit    auditCommand    `cmd:"" help:"Verify or export the log of acts."`
	Backup   backupCommand   `cmd:"" help:"Write a backup while the gateway works."`
	Restore  restoreCommand  `cmd:"" help:"Bring a backup back, or verify one."`
	Probe    probeCommand    `cmd:"" hidden:""`
	Bench    benchCommand    `cmd:"" help:"Measure the gateway beside the limits of this machine."`
	Version  versionCommand  `cmd:"" help:"Print the version and what data it holds."`
}

const description = "cargogate receives and reads customs cargo messages: EDIFACT CUSCAR from bytes to findings, consignments and CONTRL.\n\n" +
	"serve is the gateway. Commands that read messages take them from the standard input without FILE, or where FILE is -.\n\n" +
	"Exit status: 0 clean or warnings only, 1 findings of severity error, 2 wrong usage, 3 a file could not be read, or what was asked for could not be done."

func main() {
	// A reader that has seen enough is no fault: the write then fails, and run ends quietly.
	signal.Ignore(syscall.SIGPIPE)
	// Files are of any size, memory is not: a third less of it (300 MB manifest) for a few in a hundred of the time.
	debug.SetGCPercent(25)
	os.Exit(run(os.Args[1:]))
}

// run runs the command that args name and gives the exit status.
func run(args []string) int {
	a := newApp()
	var c commandLine
	help := os.Stdout
	if len(args) == 0 {
		args, help = []string{"--help"}, os.Stderr
	}
	parser, err := kong.New(&c, kong.Name("cargogate"), kong.Description(description), kong.Writers(help, os.Stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Exit(func(status int) {
			if help == os.Stderr {
				status = statusUsage
			}
			os.Exit(status)
		}))
	if err != nil {
		panic(err) // the commands are declared wrongly
	}
	command, err := parser.Parse(args)
	if err != nil {
		return a.end(usageError{err, usageOf(err)})
	}
	return a.end(command.Run(a))
}

// usageOf gives the command line that help on a parsing error should be asked with.
func usageOf(err error) string {
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil {
		if selected := parse.Context.Selected(); selected != nil {
			return "cargogate " + selected.Name + " --help"
		}
	}
	return "cargogate --help"
}

// end says what stopped the command, if anything did, and gives the exit status.
func (a *app) end(err error) int {
	usage, wrong := errors.AsType[usageError](err)
	switch {
	case err == nil:
	case errors.Is(err, syscall.EPIPE):
	case wrong:
		a.complain(err)
		if usage.help != "" {
			fmt.Fprintf(os.Stderr, "Run %q for how it is used.\n", usage.help)
		}
		return statusUsage
	default:
		a.complain(err)
		return statusUnreadable
	}
	return a.status
}
