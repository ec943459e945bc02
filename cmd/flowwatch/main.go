// Command flowwatch watches the workflow executions of an accounting office. Each subcommand is a file; this one reads the command
// line, turns signals into the end of a context, and errors into one line and an exit code.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"flowwatch/api/logbook"
)

// Exit codes, as README promises them.
const (
	exitDone  = 0
	exitWrong = 1 // one line on standard error says why
	exitUsage = 2 // the command line is wrong
)

// unreleased is the version of a binary that was built without one.
const unreleased = "devel"

// version is set by the linker: -X main.version=….
var version = unreleased

// commands is the whole command line. A command is a field here and a file of its name.
type commands struct {
	Serve       serveCommand       `cmd:"" help:"Run the appliance on a data directory."`
	Demo        demoCommand        `cmd:"" help:"Run it on a directory of its own, with an office's workflows running."`
	Token       tokenCommand       `cmd:"" help:"Make API tokens."`
	User        userCommand        `cmd:"" help:"Make users and give them new passwords."`
	Import      importCommand      `cmd:"" help:"Send an event log to a running server."`
	Simulate    simulateCommand    `cmd:"" help:"Send an invented office's events to a running server."`
	Tail        tailCommand        `cmd:"" help:"Show what happens, as it happens."`
	Runs        runsCommand        `cmd:"" help:"List executions."`
	Ack         ackCommand         `cmd:"" help:"Say that somebody takes care of an alert; without one, list those that wait for it."`
	Queue       queueCommand       `cmd:"" help:"Show the queue: who waits, at which place, for how long yet."`
	Backup      backupCommand      `cmd:"" help:"Copy a database to one consistent file."`
	BackupKey   backupKeyCommand   `cmd:"" help:"Make a key that encrypts backups."`
	Restore     restoreCommand     `cmd:"" help:"Make a new data directory from a backup."`
	Check       checkCommand       `cmd:"" help:"Prove that a data directory is sound."`
	Compact     compactCommand     `cmd:"" help:"Write a data directory's database anew, without what was deleted."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready."`
	Service     serviceCommand     `cmd:"" help:"Run it as a service of systemd."`
	Version     versionCommand     `cmd:"" help:"Say what this binary is."`
}

// program is what a command may use of the world. Passwords come from stdin. Results go to stdout, everything else to stderr. Its context ends with the first
// SIGINT or SIGTERM.
type program struct {
	ctx     context.Context
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	log     *slog.Logger  // masks what no log may hold
	records *logbook.Ring // the latest of log
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, records: new(logbook.Ring)}
	p.log = slog.New(logbook.New(slog.NewTextHandler(stderr, nil), p.records))
	var c commands
	helped := false
	parser, err := kong.New(&c,
		kong.Name("flowwatch"),
		kong.Description("Live state of an office's workflow executions. Every flag has a twin in the environment: --data is FLOWWATCH_DATA."),
		kong.DefaultEnvars("FLOWWATCH"), kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
	)
	if err != nil {
		panic("BUG: the command line is not well described: " + err.Error())
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	switch {
	case helped:
		return exitDone
	case err != nil:
		complain(stderr, fmt.Errorf("%w; see flowwatch --help", err))
		return exitUsage
	}
	err = chosen.Run(p)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, new(usageError)):
		complain(stderr, err)
		return exitUsage
	}
	complain(stderr, err)
	return exitWrong
}

// print writes a result. A result that nobody gets is an error.
func (p *program) print(format string, values ...any) error {
	_, err := fmt.Fprintf(p.stdout, format, values...)
	return err
}

// say tells a person something beside the result.
func (p *program) say(words string) {
	_, _ = fmt.Fprintln(p.stderr, "flowwatch: "+words) // there is nobody else to tell
}

// usageError is a command line that reads well and means nothing.
type usageError string

// Error is the sentence that its reader sees.
func (e usageError) Error() string { return string(e) }

// complain says in one line what went wrong.
func complain(w io.Writer, err error) {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' })
	_, _ = fmt.Fprintln(w, "flowwatch: "+strings.Join(lines, "; ")) // there is nobody else to tell
}
