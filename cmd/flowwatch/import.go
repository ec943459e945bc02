package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"flowwatch/api/ingest"
	"flowwatch/cmd/flowwatch/eventlog"
	"flowwatch/cmd/flowwatch/wfformat"
	"flowwatch/cmd/flowwatch/xes"
)

const (
	formatNDJSON    = "ndjson"
	formatWfFormat  = "wfformat"
	lineBufferBytes = 256 << 10
	prefixBytesMax  = 60 // leaves room for a trace's own name in an id
)

// importCommand sends an event log to a running server. Sending it again adds nothing. With a speed it plays the log as if it happened now.
type importCommand struct {
	File     string   `arg:"" placeholder:"FILE" help:"The log; compressed with gzip or not."`
	Format   string   `required:"" enum:"xes,wfformat,ndjson" placeholder:"xes|wfformat|ndjson" help:"XES (IEEE 1849), WfFormat 1.5 (WfCommons), or events of the API, one a line."`
	Workflow string   `placeholder:"ID" help:"XES, WfFormat: the workflow of all. Default: the log's name, else the file's."`
	Prefix   *string  `placeholder:"TEXT" help:"Begins the ids of executions, since logs number from 1; of lines only with --speed. Default: the workflow and a colon, of lines nothing."`
	Speed    *float64 `placeholder:"N" help:"Play the log from now on, N times as fast as it happened: 1 is real time. Default: send all at once, with the times of the log."`
	serverFlags
}

// taker is where the events of a log go.
type taker interface {
	// add takes one event, which it copies, from a line of a file. After an error there is nothing more to add.
	add(event []byte, origin int) error
	// refuse counts an event that no server would take.
	refuse(origin int, reason string)
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
	content, err := c.send(p, log, sender)
	if err != nil {
		return err
	}
	return c.report(p, content, sender.sofar())
}

// send reads the log into the sender, at once or as it is played, and waits for the answers.
func (c *importCommand) send(p *program, log *logFile, sender *sender) (logContent, error) {
	var to taker = sender
	var played *replay
	if c.Speed != nil {
		played = newReplay(sender, *c.Speed, c.linePrefix())
		to = played
	}
	log.more = func() string {
		t := sender.sofar()
		return counted(t.events(), "event")
	}
	content, readErr := c.read(log, to)
	log.progress.end()
	if readErr == nil && played != nil {
		readErr = played.run(p)
	}
	tally, sendErr := sender.end()
	taken := tally.accepted + tally.duplicates
	switch {
	case p.ctx.Err() != nil && played != nil:
		return content, fmt.Errorf("stopped after %s of %d; what had begun by then stays open", counted(taken, "event"), len(played.moments))
	case p.ctx.Err() != nil:
		return content, fmt.Errorf("stopped after %s; import %s again to send the rest", counted(taken, "event"), c.File)
	case sendErr != nil:
		return content, fmt.Errorf("stopped after %s: %w", counted(taken, "event"), sendErr)
	case readErr != nil:
		return content, fmt.Errorf("read %s: %w; the %d events before it were taken", c.File, log.explain(readErr), taken)
	}
	return content, nil
}

// read gives the events of the log to whom they go.
func (c *importCommand) read(log io.Reader, to taker) (logContent, error) {
	switch c.Format {
	case formatNDJSON:
		return c.readLines(log, to)
	case formatWfFormat:
		return c.readWfFormat(log, to)
	}
	return c.readXES(log, to)
}

func (c *importCommand) check() error {
	if c.Format == formatNDJSON && c.Workflow != "" {
		return usageError("--workflow is for XES and WfFormat; lines of events say it themselves")
	}
	if c.Format == formatNDJSON && c.Prefix != nil && c.Speed == nil {
		return usageError("--prefix is for XES and WfFormat, and for lines that are played with --speed; else lines are sent as they are")
	}
	if c.Speed != nil && !(*c.Speed > 0 && *c.Speed <= speedMax) {
		return usageError(fmt.Sprintf("--speed is from above 0 to %d", speedMax))
	}
	if c.Workflow != "" && !ingest.ValidID(c.Workflow) {
		return usageError("--workflow must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
	}
	if c.Prefix != nil && *c.Prefix != "" && (!ingest.ValidID(*c.Prefix) || len(*c.Prefix) > prefixBytesMax) {
		return usageError(fmt.Sprintf("--prefix must be at most %d characters of A-Z a-z 0-9 . _ : -", prefixBytesMax))
	}
	return nil
}

// linePrefix begins the ids of executions of lines; those of other formats have theirs already.
func (c *importCommand) linePrefix() string {
	if c.Format == formatNDJSON && c.Prefix != nil {
		return *c.Prefix
	}
	return ""
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

// readXES takes the events of each trace.
func (c *importCommand) readXES(log io.Reader, to taker) (content logContent, err error) {
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
			name := c.names(reader.Name())
			translator.WorkflowName, translator.WorkflowID, translator.Prefix = name.workflow, name.workflowID, name.prefix
		}
		events := translator.Events(trace)
		if len(events) > 0 {
			content.executions++
		}
		if err := addAll(to, events, trace.Line); err != nil {
			return content, err
		}
	}
}

// readWfFormat takes the events of the one run that an instance is.
func (c *importCommand) readWfFormat(log io.Reader, to taker) (logContent, error) {
	instance, err := wfformat.Read(log)
	if err != nil {
		return logContent{}, err
	}
	name := c.names(instance.Name)
	translator := &wfformat.Translator{WorkflowName: name.workflow, WorkflowID: name.workflowID, Prefix: name.prefix}
	events, left, err := translator.Events(instance)
	if err != nil {
		return logContent{}, err
	}
	content := logContent{executions: 1}
	if left.Unrecorded > 0 {
		content.notes = append(content.notes, "left out: "+counted(left.Unrecorded, "task")+" of which nothing was recorded")
	}
	if left.Undeclared > 0 {
		content.notes = append(content.notes, "left out: what "+counted(left.Undeclared, "task")+" depend on, for which the plan has no room")
	}
	if left.Waited >= time.Second {
		content.notes = append(content.notes, "left out: "+left.Waited.Round(time.Second).String()+
			" that the run took beyond its tasks; when tasks waited was not recorded")
	}
	return content, addAll(to, events, 1)
}

// addAll takes events of one line.
func addAll(to taker, events []ingest.Event, origin int) error {
	for i := range events {
		if err := to.add(eventlog.Encoded(&events[i]), origin); err != nil {
			return err
		}
	}
	return nil
}

// logNames are what the executions of a log are called by.
type logNames struct{ workflow, workflowID, prefix string }

// names settles the workflow and the ids of the executions.
func (c *importCommand) names(logName string) (n logNames) {
	if strings.TrimSpace(logName) == "" {
		logName = filepath.Base(c.File)
		for _, ending := range []string{".gz", ".xes", ".json"} {
			logName = strings.TrimSuffix(logName, ending)
		}
	}
	n.workflow, n.workflowID = eventlog.Shown(logName), c.Workflow
	if n.workflowID == "" {
		n.workflowID = eventlog.Identifier(logName)
	}
	switch {
	case c.Prefix != nil:
		n.prefix = *c.Prefix
	case len(n.workflowID) < prefixBytesMax:
		n.prefix = n.workflowID + ":"
	default:
		n.prefix = eventlog.Identifier(n.workflowID) + ":"
	}
	return n
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

// readLines takes each line that is not blank.
func (c *importCommand) readLines(log io.Reader, to taker) (logContent, error) {
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
			to.refuse(n, fmt.Sprintf("%s: an event has at most %d bytes", ingest.CodeTooLarge, ingest.EventBytesMax))
		case len(line) == 0:
		case !utf8.Valid(line):
			to.refuse(n, ingest.CodeMalformed+": the line is not UTF-8")
		default:
			if err := to.add(line, n); err != nil {
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
