package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// grafanaDashboard is what is looked at of a dashboard of Grafana.
type grafanaDashboard struct {
	UID, Title string
	Templating struct {
		List []struct{ Name, Definition, AllValue string }
	}
	Panels []struct {
		ID         int
		Title      string
		Datasource struct{ UID string }
		GridPos    struct{ X, Y, W, H int }
		Targets    []struct {
			Expr    string
			Instant bool
		}
	}
}

// anOffice is what the expressions of a dashboard are asked about: runs of two workflows in the last hours, and what an engine measures.
func (a *appliance) anOffice() {
	a.t.Helper()
	var events []string
	for i := range 24 {
		ended, id, end := time.Duration(i)*15*time.Minute+time.Minute, fmt.Sprint("run-", i), "execution.completed"
		if i%5 == 0 {
			end = "execution.failed"
		}
		about := fmt.Sprintf(`"executionId":%q,"workflowId":"w%d","workflowName":"Proces %d"`, id, i%2, i%2)
		events = append(events,
			fmt.Sprintf(`"type":"execution.queued",%s,"timestamp":%q`, about, ago(ended+90*time.Second)),
			fmt.Sprintf(`"type":"execution.started",%s,"timestamp":%q`, about, ago(ended+60*time.Second)),
			fmt.Sprintf(`"type":"step.completed",%s,"stepId":"s","durationMs":4000,"timestamp":%q`, about, ago(ended+10*time.Second)),
			fmt.Sprintf(`"type":%q,%s,"timestamp":%q`, end, about, ago(ended)))
	}
	a.post(testSecret, batch(events...))
	for _, metric := range []string{"cpu.usage_percent", "memory.used_mb", "db.active_connections", "queue.depth"} {
		a.measure(testSecret, sample(metric, 12, `,"timestamp":"`+ago(time.Minute)+`"`))
	}
}

var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// Each expression and each variable of the dashboard that is shipped has an answer; panels do not lie over each other.
func TestTheDashboardOfGrafanaShowsAnOffice(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("grafana/dashboards/flowwatch.json")
	require.NoError(t, err)
	var d grafanaDashboard
	require.NoError(t, json.Unmarshal(text, &d))
	a := newAppliance(t)
	a.anOffice()
	sets := []string{"$__range", "24h", "$__interval", "15m"}
	for _, v := range d.Templating.List {
		found := labelValues.FindStringSubmatch(v.Definition)
		require.NotNil(t, found, v.Definition)
		require.NotEmpty(t, a.lookup(testSecret, "/label/"+found[2]+"/values?match[]="+url.QueryEscape(found[1])), v.Definition)
		sets = append(sets, "$"+v.Name, v.AllValue)
	}
	cells, ids := map[[2]int]string{}, map[int]bool{}
	require.Greater(t, len(d.Panels), 10)
	for _, p := range d.Panels {
		require.False(t, ids[p.ID], p.Title)
		ids[p.ID] = true
		require.Equal(t, "flowwatch", p.Datasource.UID, p.Title)
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				require.Empty(t, cells[[2]int{x, y}], p.Title)
				cells[[2]int{x, y}] = p.Title
			}
		}
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			a.requireShown(p.Title, strings.NewReplacer(sets...).Replace(target.Expr), target.Instant)
		}
	}
}

// requireShown asks as Grafana does, and requires that there is something to draw.
func (a *appliance) requireShown(title, expression string, instant bool) {
	a.t.Helper()
	require.NotContains(a.t, expression, "$", title)
	path, form := "/query_range", url.Values{"query": {expression}}
	if now := time.Now(); instant {
		path = "/query"
		form.Set("time", fmt.Sprint(now.Unix()))
	} else {
		form.Set("start", fmt.Sprint(now.Add(-6*time.Hour).Unix()))
		form.Set("end", fmt.Sprint(now.Unix()))
		form.Set("step", "60")
	}
	got := a.send("POST", prometheusPath+path, testSecret, []byte(form.Encode()), "Content-Type", formMedia)
	require.Equal(a.t, http.StatusOK, got.status, "%s: %s: %s", title, expression, got.body)
	answer := decoded[promAnswer](a.t, got)
	require.Empty(a.t, answer.Warnings, title)
	var series []promSample
	require.NoError(a.t, json.Unmarshal(answer.Data.Result, &series))
	require.NotEmpty(a.t, series, "%s: %s", title, expression)
}

// What Grafana is provisioned with fits together and fits the routes.
func TestGrafanaIsProvisionedToReadHere(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("grafana/provisioning/datasources/flowwatch.yaml")
	require.NoError(t, err)
	path := strings.TrimSuffix(prometheusPath, "/api/v1") // which Grafana adds
	require.Contains(t, string(source), "url: $FLOWWATCH_URL"+path+"\n")
	require.Contains(t, string(source), "uid: flowwatch\n")
	require.NotContains(t, string(source), "\t")
	provider, err := os.ReadFile("grafana/provisioning/dashboards/flowwatch.yaml")
	require.NoError(t, err)
	require.Contains(t, string(provider), "type: file\n")
}
