package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]any }
}

type operation struct {
	OperationID string
	Parameters  []describedParameter
	Responses   map[string]any
}

type describedParameter struct {
	Name, In string
	Required bool
}

// The table, Fiber's routes and openapi.json are the same set.
func TestRoutesAndDocumentHoldTogether(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	got := a.send("GET", "/openapi.json", testSecret, nil)
	require.Equal(t, http.StatusOK, got.status)
	doc := decoded[document](t, got)
	require.Equal(t, "3.1.0", doc.OpenAPI)

	var described, registered []string
	ids := map[string]bool{}
	for path, operations := range doc.Paths {
		for method, o := range operations {
			described = append(described, strings.ToUpper(method)+" "+path)
			require.False(t, ids[o.OperationID], o.OperationID)
			ids[o.OperationID] = true
			require.Contains(t, o.Responses, "default")
			var inPath []string
			for _, p := range o.Parameters {
				if p.In == "path" {
					require.True(t, p.Required)
					inPath = append(inPath, p.Name)
				}
			}
			var want []string
			for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
				want = append(want, m[1])
			}
			require.Equal(t, want, inPath, path)
		}
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	for _, r := range a.server.app.GetRoutes(true) {
		if r.Method != http.MethodHead || r.Path == tracesPath {
			registered = append(registered, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	require.Equal(t, "Idempotency-Key", doc.Paths["/api/admin/tokens"]["post"].Parameters[0].Name)
	resumed := describedParameter{Name: "Last-Event-ID", In: "header"}
	require.Contains(t, doc.Paths["/api/monitoring/stream"]["get"].Parameters, resumed)
	slices.Sort(described)
	slices.Sort(registered)
	require.Equal(t, registered, described)
	require.Len(t, described, len(routes()))
	for _, name := range []string{"Event", "ExecutionSummary", "ExecutionStatus", "StepDetail", "QueueStatus", "Problem"} {
		require.Contains(t, doc.Components.Schemas, name)
	}
	requireReferences(t, got.body)
}

// requireReferences requires that all that is pointed at is there.
func requireReferences(t *testing.T, body []byte) {
	t.Helper()
	var whole any
	require.NoError(t, json.Unmarshal(body, &whole))
	for _, m := range regexp.MustCompile(`"\$ref":"#/([^"]+)"`).FindAllSubmatch(body, -1) {
		at := whole
		for _, name := range strings.Split(string(m[1]), "/") {
			at, _ = at.(map[string]any)[name]
		}
		require.NotNil(t, at, "%s", m[1])
	}
}

// B-77: what an engine may say of an execution or a step is described, field by field.
func TestEventsAreDescribedWhole(t *testing.T) {
	t.Parallel()
	var doc struct {
		Components struct {
			Schemas struct {
				Event struct {
					Properties map[string]any
					Required   []string
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(newAppliance(t).server.document, &doc))
	event := doc.Components.Schemas.Event
	require.ElementsMatch(t, []string{"type", "executionId", "workflowId"}, event.Required)
	require.ElementsMatch(t, strings.Fields(`eventId type timestamp executionId workflowId workflowName workflowVersion priority steps
		stepId stepName attempt input output error durationMs cpuUsagePercent memoryUsageMb inputSizeBytes outputSizeBytes
		progress timedOut retryOf clientRef tags deadline metadata`), slices.Collect(maps.Keys(event.Properties)))
}

// B-77: what the API answers has exactly the members that the document names.
func TestAnswersMatchTheirSchemas(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(`"type":"step.failed","executionId":"e","workflowId":"w","stepId":"s","error":"x"`))
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any
				Required   []string
			}
		}
	}
	require.NoError(t, json.Unmarshal(a.server.document, &doc))
	for path, name := range map[string]string{
		"/api/monitoring/executions": "ExecutionPage", "/api/monitoring/executions/e": "ExecutionStatus", "/api/monitoring/executions/e/steps/s": "StepDetail",
		"/api/monitoring/deadlines?from=2026-12-01&to=2026-12-31": "DeadlinePage", rulesPath: "DeadlineRulePage",
		alertsPath: "AlertRulePage", alertHistoryPath: "AlertPage", silencesPath: "SilencePage", deliveriesPath: "DeliveryPage", "/api/monitoring/inbox": "InboxPage",
		rulesPath + "/zus-5":    "DeadlineRuleStatus",
		"/api/monitoring/queue": "QueueStatus", "/api/monitoring/workflows": "WorkflowPage", "/api/monitoring/meta": "Meta", "/api/auth/me": "Me",
		"/api/monitoring/system/metrics": "SeriesAnswer", "/api/monitoring/system/health": "SystemHealth", "/api/monitoring/system/consumers": "ConsumerPage",
		"/api/monitoring/system/storage": "Storage", "/api/admin/backups": "BackupPage", "/api/admin/heartbeat": "Heartbeat",
		pingKeysPath: "PingKeyPage", feedKeysPath: "FeedKeyPage", "/api/admin/tokens": "TokenPage", "/api/admin/organizations": "OrganizationPage", "/healthz": "Health",
	} {
		schema := doc.Components.Schemas[name]
		members := get[map[string]any](a, path, testSecret)
		for member := range members {
			require.Contains(t, schema.Properties, member, path)
		}
		for _, member := range schema.Required {
			require.Contains(t, members, member, path)
		}
	}
}

func TestMatchingKnowsSegmentsAndParameters(t *testing.T) {
	t.Parallel()
	r := route{path: "/api/x/{id}/steps/{step}"}
	for path, want := range map[string]bool{
		"/api/x/1/steps/2": true, "/api/x/1/steps/2/": true, "/api/x/1/steps": false, "/api/x/1/steps/": false, "/api/x//steps/2": false,
		"/api/x/1/steps/2/3": false, "": false, "/": false, "/api/y/1/steps/2": false,
	} {
		require.Equal(t, want, r.matches(path), path)
	}
}
