package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/logbook"
	"flowwatch/engine/access"
)

// keepLog has an appliance log as the program does, down to debug.
func keepLog(written *lockedBuffer, ring *logbook.Ring) func(*Options) {
	return func(o *Options) {
		o.Logger = slog.New(logbook.New(slog.NewTextHandler(written, &slog.HandlerOptions{Level: slog.LevelDebug}), ring))
		o.Logs = ring
	}
}

func TestLogsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	ring := new(logbook.Ring)
	a := newAppliance(t, keepLog(new(lockedBuffer), ring))
	for i := range 30 {
		a.options.Logger.Info("a look", "n", i)
	}
	a.options.Logger.Warn("the Disk is nearly full", "used", "91%")
	const path = "/api/admin/logs"
	page := get[LogPage](a, path+"?limit=7", testSecret)
	require.Len(t, page.Items, 7)
	require.Equal(t, "the Disk is nearly full", page.Items[0].Message)
	require.Equal(t, "warn", page.Items[0].Level)
	require.Equal(t, map[string]string{"used": "91%"}, page.Items[0].Attributes)
	require.NotNil(t, page.NextCursor)
	a.options.Logger.Info("later")
	next := get[LogPage](a, path+"?limit=100&q=a+LOOK&cursor="+*page.NextCursor, testSecret)
	require.Len(t, next.Items, 30-6, "a page goes on where the former ended, whatever came meanwhile")
	require.Equal(t, "23", next.Items[0].Attributes["n"])
	require.Nil(t, next.NextCursor)
	require.Len(t, get[LogPage](a, path+"?level=warn&q=disk", testSecret).Items, 1)
	require.Len(t, get[LogPage](a, path+"?q=used%3D91", testSecret).Items, 1)
	require.Empty(t, get[LogPage](a, path+"?level=error&q=look", testSecret).Items)
	for _, wrong := range []string{"level=loud", "level=info%2B1", "cursor=x", "cursor=0", "limit=101", "q=" + strings.Repeat("x", 256)} {
		require.Equal(t, http.StatusUnprocessableEntity, a.send("GET", path+"?"+wrong, testSecret, nil).status, wrong)
	}
	require.Equal(t, http.StatusForbidden, a.send("GET", path, a.token("", access.OrgAdmin, access.Auditor), nil).status, "it is about all organisations")
	require.Empty(t, get[LogPage](newAppliance(t), path, testSecret).Items)
}

// SEC4, B-69: an office's data at every place of an event, good and broken, and at every door: the log has none of it, on disk or on
// the page.
func TestNoLogHoldsPersonalDataOrSecrets(t *testing.T) {
	t.Parallel()
	var written lockedBuffer
	ring := new(logbook.Ring)
	a := newAppliance(t, keepLog(&written, ring))
	const pesel, iban, mail = "44051401359", "PL61109010140000071219812874", "jan.kowalski@example.com"
	secret := a.token("", access.Viewer)
	values := []string{pesel, iban, mail, secret}
	for _, v := range values {
		id := strings.ReplaceAll(v, "@", ":") // an id takes letters, digits and ._:-
		fields := fmt.Sprintf(`,"stepId":%q,"stepName":%q,"clientRef":%q,"tags":[%q],"input":{"x":%q},"output":%q,"metadata":{%q:%q},"error":{"message":%q,"code":%q,"stack":%q}`,
			id, v, v, v[:min(len(v), 64)], v, v, v, v, v, v, v)
		a.send("POST", ingestPath, testSecret, []byte(batch(event("step.failed", id, fields), event("execution.failed", id, fields))))
		for _, broken := range []string{
			`{"type":"execution.started","executionId":"` + v, `{"type":"` + v + `","executionId":"` + v + `"}`, v, "[" + v, "{\"" + v + "\":\x00}",
			`{"type":"execution.started","executionId":"` + id + `","workflowId":"w","timestamp":"` + v + `"}`,
		} {
			a.send("POST", ingestPath, testSecret, []byte(broken))
			a.send("POST", "/api/ingest/samples", testSecret, []byte(broken))
			a.send("PUT", "/api/ingest/workflows/"+id, testSecret, []byte(broken))
			a.send("POST", "/api/auth/login", "", []byte(broken))
		}
		a.send("POST", "/api/auth/login", "", []byte(fmt.Sprintf(`{"login":%q,"password":%q}`, v, v)))
		a.send("GET", "/api/monitoring/executions/"+id+"?q="+v, v, nil)
		a.send("GET", "/api/monitoring/executions?q="+v+"&token="+v, testSecret, nil)
		a.send("GET", "/api/monitoring/stream?type="+v, testSecret, nil)
		f := a.follow(testSecret)
		f.raw(`{"event":"` + v + `","data":{"x":"` + v + `"}}`)
		f.take("error")
		f.raw(v)
		f.closed(4400)
		// What a broken disk would have the engine say of an execution: its id stands in the error.
		a.options.Logger.Error("event of an execution whose document is damaged", "err", fmt.Errorf("execution %s: document is damaged", v))
	}
	a.gone()
	require.Contains(t, written.String(), "live connection closed")
	shown := string(a.send("GET", "/api/admin/logs?limit=100", testSecret, nil).body)
	require.Contains(t, shown, "document is damaged")
	for _, v := range append(values, testSecret) {
		require.NotContains(t, written.String(), v)
		require.NotContains(t, shown, v)
	}
}
