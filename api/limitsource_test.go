package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// limitName is how constants are called that bound something.
var limitName = regexp.MustCompile(`(Max|Min|Most|Limit|Timeout|Burst|PerSecond|PerMinute|Life|Idle)$`)

// limitSources are the packages whose limits a client may meet.
var limitSources = []string{".", "../engine"}

// limitFunctions tell limits.
var limitFunctions = map[string]bool{"Limits": true, "ownLimits": true}

// namedLimits are all constants that are called a limit, and those that the functions of limits mention; as package.name.
func namedLimits(t *testing.T) (all, told map[string]bool) {
	t.Helper()
	all, told = map[string]bool{}, map[string]bool{}
	for _, root := range limitSources {
		require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, declaration := range file.Decls {
				switch d := declaration.(type) {
				case *ast.GenDecl:
					addConstants(all, file.Name.Name, d)
				case *ast.FuncDecl:
					if limitFunctions[d.Name.Name] {
						addMentioned(told, file.Name.Name, d)
					}
				}
			}
			return nil
		}))
	}
	return all, told
}

func addConstants(all map[string]bool, pkg string, d *ast.GenDecl) {
	if d.Tok != token.CONST {
		return
	}
	for _, spec := range d.Specs {
		values, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, name := range values.Names {
			if limitName.MatchString(name.Name) {
				all[pkg+"."+name.Name] = true
			}
		}
	}
}

func addMentioned(told map[string]bool, pkg string, d *ast.FuncDecl) {
	ast.Inspect(d, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.SelectorExpr:
			if from, ok := x.X.(*ast.Ident); ok {
				told[from.Name+"."+x.Sel.Name] = true
			}
		case *ast.Ident:
			told[pkg+"."+x.Name] = true
		}
		return true
	})
}

// Whoever names a limit tells it, or says here why nobody outside meets it: /api/monitoring/meta forgets none.
func TestEveryNamedLimitIsTold(t *testing.T) {
	t.Parallel()
	all, told := namedLimits(t)
	require.Greater(t, len(all), 100, "the sources are there")
	inside := map[string]bool{}
	for why, names := range insideLimits {
		require.NotEmpty(t, why)
		for name := range strings.FieldsSeq(names) {
			require.True(t, all[name], "%s is no limit any more", name)
			require.False(t, told[name], "%s is told", name)
			require.False(t, inside[name], "%s stands here twice", name)
			inside[name] = true
		}
	}
	var forgotten []string
	for name := range all {
		if !told[name] && !inside[name] {
			forgotten = append(forgotten, name)
		}
	}
	require.Empty(t, forgotten, "neither told by a function of limits nor in insideLimits")
}

// insideLimits are named limits that no client meets, by why.
var insideLimits = map[string]string{
	"told under the number that holds on this machine": "api.liveMax",
	"another name of one that is told":                 "api.nameRunesMax api.tagRunesMax api.tagsMax setting.idBytesMax ingest.zstdWindowMax",
	"a unit, or what a number can be": "ingest.nanosPerSecond ingest.secondsMax ingest.measureMax ingest.progressMax ping.exitMax timeline.msPerSecond timeline.msPerMinute timeline.secondsPerMin execution.measureWholeMax engine.Interval5Min " +
		"n8n.msMin n8n.msMax n8n.daysMax n8n.sizeMax n8n.attemptMax",
	"a larger workflow is shown without the nodes that are still to come": "n8n.nodesMax n8n.linksMax",
	"what is longer is shortened":                                         "otlp.nameBytesMax",
	"a type of rules":                                                     "alert.ExecutionTimeout",
	"what an alert remembers of runs, with an answer that says what it is of": "alert.outcomesMax alert.bucketsMax alert.scopeItemsMax alert.stepsMax " +
		"alert.fingerprintReadMax alert.fingerprintBytesMax",
	"how messages are put together, which all get sent": "notify.catchUpMin notify.rowsMax notify.consideredMax notify.groupsMax notify.sliceMax notify.sendSliceMax notify.budgetBurst notify.fallbackSliceMax notify.failingMax notify.refusedMax " +
		"notify.workersMax notify.entriesMax text.digestItemsMax text.listMax text.recentMax text.nameRunesMax text.paragraphRunesMax text.slackRunesMax " +
		"text.subjectRunesMax channel.subjectRunesMax gsm7.PartMax gsm7.WidePartMax gsm7.WideTwoPartsMax",
	"how the appliance waits for servers that it sends to": "notify.retryAfterMax notify.tryTimeout notify.mailTimeout channel.lookupTimeout channel.defaultPostTimeout channel.retryAfterMax " +
		"channel.answerTimeout channel.defaultMailTimeout channel.dialTimeout channel.headerBytesMax channel.answerBytesMax",
	"of a flag": "channel.allowMax",
	"another name of the number that inboxMarkedAtOnce tells": "notify.markMax",
	"how an id is put together":                               "ingest.sourceBytesMax",
	"a word of the audit":                                     "access.endedByLimit access.endedIdle",
	"a buffer or a cache, which holds up nobody": "api.bodyBytesPooledMax api.limitersMax api.writeBytesMax api.writeKeptMax " +
		"engine.readingsMax engine.remoteKnownMax engine.remoteKnownBytesMax engine.remoteReloadIdle engine.labelsKeptMax engine.seldomMax engine.trendBucketsMax engine.loadValuesMax engine.samplesStepsMax engine.resourceBucketMax " +
		"engine.vocabulariesMax engine.vocabulariesPerWorkflowMax engine.vocabularyBytesMax ingest.recentBytesMax execution.seenListMax",
	"how work is cut into pieces, which all get done": "engine.commitEventsMax engine.sliceMax engine.agedExaminedMax engine.boostWishesMax engine.clientBatchMost " +
		"engine.commandRoundsMax engine.signalsTrimmedMax engine.waitingWalksMax engine.walkEventsMax engine.walkSignalsMax engine.erasureRoundsMax engine.openLoadedMax engine.queueCrossingsMax access.expiredPerFlushMax",
	"how a connection is ended kindly":  "api.drainBytesMax api.drainPauseMax api.drainTimeMax api.returnAfterMin api.returnAfterMax api.unknownPauseMax",
	"a cron expression's own":           "schedule.textBytesMax schedule.daysMax",
	"how live frames are held together": "feed.backlogMax feed.floorMost feed.resumeGraceMax",
	"how far a computation looks, with an answer that says what it is of": "engine.earlierPagesMax engine.lastSeenMost engine.oldestExaminedMax engine.prefixHitsMax " +
		"engine.probedWorkflowsMax engine.scoreAgeMax deadline.pastRunsMin timeline.causesMax timeline.slowestMax resource.GrowthSeenMin " +
		"engine.usualRunsMin engine.usualReadsMax engine.longRunsEachMax engine.graceMin engine.historiesMax engine.morningBackMax engine.morningPagesMax alert.muteDaysMax",
	"how much of a text is shown":                  "mask.previewScanBytesMax ping.messageBytesMax execution.errorHeaderMax execution.tieIDMax deadline.mistakesShownMax",
	"how masking reads a text":                     "mask.depthMax mask.depthValidMax mask.digitsMin mask.keyBytesMax mask.keyWordsMax mask.nestedMax mask.passesMax mask.prefixedTailMin",
	"what a stored record may ask for":             "access.costLanesMax access.costMemoryKiBMax access.costPassesMax backup.aheadMax",
	"of the machine that is watched, or of a flag": "engine.diskReadMax resource.readTimeMax resource.targetBytesMax",
	"deeper than depthMax, and only to say so":     "ingest.readableDepthMax",
}
