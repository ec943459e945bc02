package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"flowwatch/api/ingest"
	"flowwatch/cmd/flowwatch/xes"
)

const (
	formatNDJSON    = "ndjson"
	lineBufferBytes = 256 << 10
	prefixBytesMax  = 60 // leaves room for a trace's own name in an id
)

// importCommand sends an event log to a running server. Sending it again adds nothing.
type importCommand struct {
	File     string  `arg:"" placeholder:"FILE" help:"The log; compressed with gzip or not."`
	Format   string  `required:"" enum:"xes,ndjson" placeholder:"xes|ndjson" help:"XES (IEEE 1849), or events of the API, one a line."`
	Workflow string  `placeholder:"ID" help:"XES: the workflow of all. Default: the log's name, else the file's."`
	Prefix   *string `placeholder:"TEXT" help:"XES: begins the ids of executions, since logs number from 1. Default: the workflow and a colon."`
	serverFlags
}

// Run sends the whole log and says what became of it. Events that the server refused make it fail, after the others were taken.
func (c *importCommand) Run(p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	client, err := c.client(p.log)
	if err != nil {
		return err
	}
	log, err := openLog(p, c.File)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // it was only read
	sender := newSender(p.ctx, client)
	log.more = func() string {
		t := sender.sofar()
		return counted(t.events(), "event")
	}
	read := c.readXES
	if c.Format == formatNDJSON {
		read = c.readLines
	}
	content, readErr := read(log, sender)
	tally, sendErr := sender.end()
	log.progress.end()
	taken := tally.accepted + tally.duplicates
	switch {
	case p.ctx.Err() != nil:
		return fmt.Errorf("stopped after %s; import %s again to send the rest", counted(taken, "event"), c.File)
	case sendErr != nil:
		return fmt.Errorf("stopped after %s: %w", counted(taken, "event"), sendErr)
	case readErr != nil:
		return fmt.Errorf("read %s: %w; the %d events before it were taken", c.File, log.explain(readErr), taken)
	}
	return c.report(p, content, tally)
}

func (c *importCommand) check() error {
	if c.Format == formatNDJSON && (c.Workflow != "" || c.Prefix != nil) {
		return usageError("--workflow and --prefix are for XES; lines of events say both themselves")
	}
	if c.Workflow != "" && !ingest.ValidID(c.Workflow) {
		return usageError("--workflow must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
	}
	if c.Prefix != nil && *c.Prefix != "" && (!ingest.ValidID(*c.Prefix) || len(*c.Prefix) > prefixBytesMax) {
		return usageError(fmt.Sprintf("--prefix must be at most %d characters of A-Z a-z 0-9 . _ : -", prefixBytesMax))
	}
	return nil
}

// report prints one line about all, and beside it a line each about what is left to say.
func (c *importCommand) report(p *program, read logContent, t tally) error {
	if t.events() == 0 {
		return fmt.Errorf("there is no event in %s", c.File)
	}
	if t.old > 0 {
		read.notes = append(read.notes, counted(t.old, "event")+" older than the organisation keeps executions")
	}
	for _, note := range read.notes {
		if _, err := fmt.Fprintln(p.stderr, note); err != nil {
			return err
		}
	}
	what := ""
	if read.executions > 0 {
		what = counted(read.executions, "execution") + ", "
	}
	err := p.print("%s%s: %d accepted, %d duplicates, %d refused\n",
		what, counted(t.events(), "event"), t.accepted, t.duplicates, t.refused)
	if t.refused > 0 {
		return fmt.Errorf("%s of %s refused, the first at line %d: %s", counted(t.refused, "event"), c.File, t.origin, t.reason)
	}
	return err
}

// logContent is what reading a log to its end has found beside events.
type logContent struct {
	executions int
	notes      []string
}

// readXES sends the events of each trace.
func (c *importCommand) readXES(log io.Reader, s *sender) (content logContent, err error) {
	reader, translator := xes.NewReader(log), &xes.Translator{}
	for {
		trace, err := reader.Next()
		if errors.Is(err, io.EOF) {
			content.notes = leftOut(translator.Left)
			return content, nil
		}
		if err != nil {
			return content, err
		}
		if translator.WorkflowID == "" {
			c.name(translator, reader.Name())
		}
		events := translator.Events(trace)
		if len(events) > 0 {
			content.executions++
		}
		for i := range events {
			line, err := json.Marshal(&events[i])
			if err != nil {
				panic("BUG: an event of a log is no JSON: " + err.Error())
			}
			if err := s.add(line, trace.Line); err != nil {
				return content, err
			}
		}
	}
}

// name settles the workflow and the ids of the executions.
func (c *importCommand) name(t *xes.Translator, logName string) {
	name := logName
	if strings.TrimSpace(name) == "" {
		name = strings.TrimSuffix(strings.TrimSuffix(filepath.Base(c.File), ".gz"), ".xes")
	}
	t.WorkflowName, t.WorkflowID = xes.Shown(name), c.Workflow
	if t.WorkflowID == "" {
		t.WorkflowID = xes.Identifier(name)
	}
	switch {
	case c.Prefix != nil:
		t.Prefix = *c.Prefix
	case len(t.WorkflowID) < prefixBytesMax:
		t.Prefix = t.WorkflowID + ":"
	default:
		t.Prefix = xes.Identifier(t.WorkflowID) + ":"
	}
}

// leftOut says what of a log makes no event.
func leftOut(left xes.Left) (notes []string) {
	for _, n := range []struct {
		count     int
		noun, why string
	}{
		{left.EmptyTraces, "trace", "without an event that has a time"},
		{left.Timeless, "event", "without a time"},
		{left.Nameless, "event", "without an activity"},
		{left.Transitions, "event", "with a transition such as schedule, assign or suspend, which neither begins nor ends an activity"},
	} {
		if n.count > 0 {
			notes = append(notes, "left out: "+counted(n.count, n.noun)+" "+n.why)
		}
	}
	return notes
}

// readLines sends each line that is not blank.
func (c *importCommand) readLines(log io.Reader, s *sender) (logContent, error) {
	lines := bufio.NewReaderSize(log, lineBufferBytes)
	for n := 1; ; n++ {
		line, whole, err := readLine(lines)
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return logContent{}, fmt.Errorf("line %d: %w", n, err)
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF"))
		}
		switch line = bytes.TrimSpace(line); {
		case !whole:
			s.refuse(n, fmt.Sprintf("%s: an event has at most %d bytes", ingest.CodeTooLarge, ingest.EventBytesMax))
		case len(line) == 0:
		case !utf8.Valid(line):
			s.refuse(n, ingest.CodeMalformed+": the line is not UTF-8")
		default:
			if err := s.add(line, n); err != nil {
				return logContent{}, err
			}
		}
		if last {
			return logContent{}, nil
		}
	}
}

// readLine returns the next line. Of one that is longer than an event may be it keeps the beginning, and whole is false.
func readLine(r *bufio.Reader) (line []byte, whole bool, err error) {
	whole = true
	for {
		piece, err := r.ReadSlice('\n')
		if room := ingest.EventBytesMax + 1 - len(line); len(piece) > room {
			piece, whole = piece[:room], false
		}
		line = append(line, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, whole, err
		}
	}
}
