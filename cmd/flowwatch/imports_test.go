package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	moduleName   = "flowwatch"
	moduleRoot   = "../.."
	fileLinesMax = 600
	testLinesMax = 1000
)

// arrow is an import that is allowed, with its reason. The direction is cmd → api → engine → tsdb → kv; beside it stand cmd → ui,
// cmd → migrations → kv, and the leaves that a package may have below it.
type arrow struct{ from, to, why string }

var arrows = []arrow{
	{"cmd/flowwatch", "api", "serve answers requests with it; the terminal's client speaks its wire types"},
	{"cmd/flowwatch", "api/ingest", "import and the invented office write events as engines do"},
	{"cmd/flowwatch", "api/logbook", "what every command logs passes it"},
	{"cmd/flowwatch", "cmd/flowwatch/certificate", "serve speaks TLS with it, clients check servers with it"},
	{"cmd/flowwatch", "cmd/flowwatch/eventlog", "names and JSON of what import reads"},
	{"cmd/flowwatch", "cmd/flowwatch/office", "demo and simulate play it"},
	{"cmd/flowwatch", "cmd/flowwatch/wfformat", "import reads recorded runs with it"},
	{"cmd/flowwatch", "cmd/flowwatch/xes", "import reads logs with it"},
	{"cmd/flowwatch", "engine", "serve opens it, check asks what it stores"},
	{"cmd/flowwatch", "engine/access", "token and user, and the links and tokens of serve and demo"},
	{"cmd/flowwatch", "engine/alert", "the rules that the demo's office has"},
	{"cmd/flowwatch", "engine/audit", "who uses the command line, as it is noted; check verifies each chain"},
	{"cmd/flowwatch", "engine/backup", "what --backup-at may say"},
	{"cmd/flowwatch", "engine/deadline", "reads another file of rules before anything is opened; the office's clocks"},
	{"cmd/flowwatch", "engine/fault", "what a user may see of an error"},
	{"cmd/flowwatch", "engine/notify/channel", "what --webhook-allow may name"},
	{"cmd/flowwatch", "engine/resource", "what --watch-process may name"},
	{"cmd/flowwatch", "kv", "opens, copies and checks the database"},
	{"cmd/flowwatch", "kv/archive", "reads backups"},
	{"cmd/flowwatch", "tsdb", "opens and checks the series of the database"},
	{"cmd/flowwatch", "migrations", "brings it up to date when it is opened"},
	{"cmd/flowwatch", "ui", "hands the page to api"},
	{"cmd/flowwatch/office", "api/ingest", "the event that engines write"},
	{"cmd/flowwatch/eventlog", "api/ingest", "the alphabet of ids"},
	{"cmd/flowwatch/wfformat", "api/ingest", "the event that engines write, and the alphabet of ids"},
	{"cmd/flowwatch/wfformat", "cmd/flowwatch/eventlog", "names, times and ids of events"},
	{"cmd/flowwatch/xes", "api/ingest", "the event that engines write"},
	{"cmd/flowwatch/xes", "cmd/flowwatch/eventlog", "names, times and ids of events"},

	{"api", "api/ingest", "decodes what engines send"},
	{"api", "api/guide", "shows what to set up in engines"},
	{"api", "api/receiver", "notes what came in at its doors"},
	{"api/receiver", "engine/execution", "times of what came in"},
	{"api", "api/logbook", "shows the latest records of the log"},
	{"api/logbook", "engine/mask", "what no log may hold"},
	{"api", "engine", "does what a request asks"},
	{"api", "engine/access", "who asks, and what they may"},
	{"api", "engine/audit", "who did what, as it is noted and shown"},
	{"api", "engine/deadline", "rules as the office writes them, and their days"},
	{"api", "engine/execution", "what is shown"},
	{"api", "engine/fault", "errors to statuses"},
	{"api", "engine/feed", "live sessions"},
	{"api", "engine/mask", "what a role must not see in clear"},
	{"api", "engine/timeline", "what is shown"},
	{"api", "api/compat/socketio", "the wire of socket.io's clients"},
	{"api", "api/compat/trpc", "the wire of tRPC's clients"},
	{"api", "api/ingest/cloudevents", "decodes CloudEvents"},
	{"api", "api/ingest/n8n", "decodes what n8n tells"},
	{"api", "api/ingest/openlineage", "decodes OpenLineage"},
	{"api", "api/ingest/otlp", "decodes what OpenTelemetry exporters send"},
	{"api", "api/ingest/ping", "what a script's signal means"},
	{"api", "api/ingest/remotewrite", "decodes remote write of Prometheus"},
	{"api/ingest/remotewrite", "api/ingest", "how large a body may be"},
	{"api/ingest/remotewrite", "engine/fault", "why a request is refused"},
	{"api", "engine/promql", "expressions, and why one has no value"},
	{"engine", "engine/promql", "evaluates expressions over its series"},
	{"engine/promql", "tsdb", "reads series"},
	{"api/ingest/ingesttest", "api/ingest", "the batches that tests of formats look at"},
	{"api/ingest/ingesttest", "engine/execution", "their events"},
	{"api/ingest/cloudevents", "api/ingest", "bodies, items and ids"},
	{"api/ingest/cloudevents", "engine/execution", "makes its events"},
	{"api/ingest/cloudevents", "engine/fault", "why a request is refused"},
	{"api/ingest/n8n", "api/ingest", "bodies, items and ids"},
	{"api/ingest/n8n", "engine/execution", "makes its events"},
	{"api/ingest/openlineage", "api/ingest", "bodies, items and ids"},
	{"api/ingest/openlineage", "engine/execution", "makes its events"},
	{"api/ingest/otlp", "api/ingest", "items and ids of events, samples"},
	{"api/ingest/otlp", "engine/execution", "makes its events"},
	{"api/ingest/otlp", "engine/fault", "why a request is refused"},
	{"api/ingest/ping", "api/ingest", "ids of events"},
	{"api/ingest/ping", "engine/execution", "makes its events"},
	{"api/ingest", "engine/execution", "makes its events"},
	{"api/ingest", "engine/fault", "why a request is refused"},

	{"engine", "engine/access", "organisations are its tenants"},
	{"engine", "engine/audit", "notes what it changes, in the same transaction"},
	{"engine", "engine/backup", "keeps the nightly backups"},
	{"engine", "engine/deadline", "when the obligations are due that runs serve"},
	{"engine", "engine/execution", "applies events"},
	{"engine", "engine/fault", "errors that a user may see"},
	{"engine", "engine/feed", "publishes what was committed"},
	{"engine", "engine/mask", "masks before the commit"},
	{"engine", "engine/resource", "measures, and what warns"},
	{"engine", "engine/dashboard", "what a dashboard is"},
	{"engine/dashboard", "engine/execution", "instants"},
	{"engine/dashboard", "engine/fault", "why one is refused"},
	{"api", "engine/dashboard", "dashboards as they are shown"},
	{"engine", "engine/webhook", "what a subscription to outgoing events is, and its events on the wire"},
	{"engine/webhook", "engine/execution", "names of events, instants"},
	{"engine/webhook", "engine/fault", "why one is refused"},
	{"api", "engine/webhook", "names of events"},
	{"engine", "engine/view", "what a saved view is, and whom it names"},
	{"engine/view", "engine/execution", "instants"},
	{"engine/view", "engine/fault", "why one is refused"},
	{"api", "engine/view", "views as they are shown"},
	{"api", "engine/setting", "settings as they are shown"},
	{"engine", "engine/setting", "what an organisation sets"},
	{"engine", "engine/vault", "seals secrets of settings and of channels"},
	{"api", "engine/alert", "rules and what they raised, as they are shown"},
	{"api", "engine/notify", "messages and how far they are"},
	{"engine", "engine/alert", "asks the rules, keeps what they raise"},
	{"engine", "engine/notify", "plans messages in the transaction of what they tell"},
	{"engine", "engine/notify/channel", "checks the channels of rules, sends"},
	{"engine", "engine/notify/text", "puts alerts into words"},
	{"api", "engine/notify/text", "what the morning's report tells"},
	{"engine", "engine/schedule", "when workflows are expected to run"},
	{"engine/setting", "engine/alert", "mute windows, as an organisation sets them"},
	{"engine/setting", "engine/fault", "mistakes in settings"},
	{"engine", "engine/timeline", "compares a run with earlier ones"},
	{"engine", "kv", "stores"},
	{"engine", "kv/archive", "writes backups"},
	{"engine", "tsdb", "points of executions, and what is computed from them"},
	{"engine", "tsdb/quantile", "what is usual of a workflow's runs"},
	{"engine/alert", "engine/execution", "runs and times that rules are about"},
	{"engine/alert", "engine/fault", "mistakes in rules, and what may not be done with a record"},
	{"engine/audit", "engine/execution", "times as they are shown"},
	{"engine/audit", "kv", "stores"},
	{"engine/access", "engine/audit", "notes what it changes, in the same transaction"},
	{"engine/backup", "kv", "stores what came of each attempt"},
	{"engine/backup", "kv/archive", "reads what it wrote"},
	{"engine/access", "engine/fault", "errors that a user may see"},
	{"engine/access", "kv", "stores"},
	{"engine/deadline", "engine/fault", "mistakes in rules"},
	{"engine/deadline", "tsdb/quantile", "what is usual of the runs that a forecast is about"},
	{"engine/feed", "engine/execution", "what is filtered and published"},
	{"engine/feed", "engine/fault", "errors that a user may see"},
	{"engine/notify", "engine/alert", "the records that it tells of"},
	{"engine/notify", "engine/execution", "times as they are shown"},
	{"engine/notify", "engine/fault", "errors that a user may see"},
	{"engine/notify", "engine/mask", "addresses and errors as they may be shown"},
	{"engine/notify", "kv", "stores the outbox"},
	{"engine/timeline", "engine/execution", "the runs that it draws"},
	{"engine/timeline", "tsdb/quantile", "what is usual of a step"},

	{"engine/notify/channel", "engine/alert", "a rule's channels"},
	{"engine/notify/channel", "engine/fault", "mistakes in configurations"},
	{"engine/notify/channel", "engine/mask", "what servers say of an error, as it is kept"},
	{"engine/notify/channel", "engine/notify", "sends its messages"},
	{"engine/notify/channel", "engine/notify/gsm7", "the alphabet of text messages"},
	{"engine/notify/channel", "engine/setting", "the mail server and the gateway"},
	{"engine/notify/text", "engine/alert", "what messages tell"},
	{"engine/notify/text", "engine/execution", "times"},
	{"engine/notify/text", "engine/mask", "names and errors, as they may leave"},
	{"engine/notify/text", "engine/notify", "writes its messages"},
	{"engine/notify/text", "engine/notify/gsm7", "what fits into a text message"},

	{"tsdb", "kv", "stores series"},
	{"tsdb", "tsdb/quantile", "where percentiles lie: one formula for stored and for given values"},

	{"kv/archive", "kv", "copies the database that it packs"},

	{"migrations", "kv", "changes the layout"},
}

// TestImportsFollowTheArrows also finds arrows that are listed and not there, so that the list is the picture.
func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{}
	for _, a := range arrows {
		require.NotEmpty(t, a.why, "%s → %s needs a reason", a.from, a.to)
		allowed[a.from+" → "+a.to] = true
	}
	found := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue // tests may use what their package's users use
		}
		for _, to := range f.imports(t) {
			drawn := f.folder + " → " + to
			require.True(t, allowed[drawn], "%s: %s is no arrow of ours; a new one is a line in imports_test.go", f.path, drawn)
			found[drawn] = true
		}
	}
	for drawn := range allowed {
		require.True(t, found[drawn], "%s is listed and imported nowhere", drawn)
	}
}

// TestTestsDoNotTurnArrowsRound lets a test import what lies below its package or beside it, never what lies above.
func TestTestsDoNotTurnArrowsRound(t *testing.T) {
	t.Parallel()
	above := []string{"kv", "tsdb", "migrations", "engine", "api", "cmd"}
	level := func(folder string) int { return slices.Index(above, strings.SplitN(folder, "/", 2)[0]) }
	for _, f := range goFiles(t) {
		for _, to := range f.imports(t) {
			if f.test && level(f.folder) >= 0 {
				require.LessOrEqual(t, level(to), level(f.folder), "%s imports %s", f.path, to)
			}
		}
	}
}

func TestFilesFitTheirLimit(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		limit := fileLinesMax
		if f.test {
			limit = testLinesMax
		}
		source, err := os.ReadFile(f.path)
		require.NoError(t, err)
		require.LessOrEqual(t, strings.Count(string(source), "\n"), limit, f.path)
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		doc := f.syntax.Doc.Text()
		want := "Package " + f.syntax.Name.Name + " "
		if f.syntax.Name.Name == "main" {
			want = "Command " + filepath.Base(f.folder) + " "
		}
		if doc != "" {
			require.True(t, strings.HasPrefix(doc, want), "%s: its comment must begin with %q", f.path, want)
			require.False(t, documented[f.folder], "%s: the package has a comment in another file already", f.path)
		}
		documented[f.folder] = documented[f.folder] || doc != ""
	}
	for folder, yes := range documented {
		require.True(t, yes, "package %s has no comment", folder)
	}
}

// goFile is one source file of the module; folder is its package, with slashes, below the module's root.
type goFile struct {
	path, folder string
	test         bool
	syntax       *ast.File
}

// goFiles parses the head of every Go file of the module: all platforms, all tags.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(moduleRoot, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != moduleRoot && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return fmt.Errorf("parse %s: %w", path, err)
		}
		folder, err := filepath.Rel(moduleRoot, filepath.Dir(path))
		files = append(files, goFile{
			path: path, folder: filepath.ToSlash(folder), test: strings.HasSuffix(name, "_test.go"), syntax: syntax,
		})
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(files), 100, "the module was not found")
	return files
}

// imports are the packages of the module that the file imports, below the module's root.
func (f *goFile) imports(t *testing.T) (own []string) {
	t.Helper()
	for _, i := range f.syntax.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		require.NoError(t, err)
		if rest, ok := strings.CutPrefix(path, moduleName+"/"); ok {
			own = append(own, rest)
		}
	}
	return own
}
