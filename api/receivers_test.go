package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/guide"
	"flowwatch/api/ingest"
	"flowwatch/api/receiver"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

func (a *appliance) receiver(token, door string, headers ...string) Receiver {
	a.t.Helper()
	page := decoded[ReceiverPage](a.t, a.send("GET", receiversPath, token, nil, headers...))
	for _, one := range page.Items {
		if one.Door == door {
			return one
		}
	}
	require.Fail(a.t, "no such door", door)
	return Receiver{}
}

// One batch of good, repeated and bad events: each is told with what became of it, where it stood, and what it was about.
func TestReceiversTellWhatBecameOfEachEvent(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	one := `{"eventId":"1","type":"execution.started","executionId":"r-1","workflowId":"w","workflowName":"Faktury"}`
	a.send("POST", ingestPath, testSecret, []byte(one))
	got := a.send("POST", ingestPath, testSecret, []byte(`[`+one+`,{"eventId":"2","type":"step.started","executionId":"r-1","workflowId":"w","stepId":"s"},
		{"type":"step.started","executionId":"r-2","workflowId":"w"},7]`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)

	d := a.receiver(admin, "events")
	require.Equal(t, ingestPath, d.Path)
	require.Equal(t, []uint64{2, 1, 0, 2, 0}, []uint64{d.Accepted, d.Duplicates, d.Ignored, d.Refused, d.Requests})
	told := map[string]ReceivedEvent{}
	for _, e := range d.Events {
		require.NotEmpty(t, e.Source)
		require.NotZero(t, e.At)
		told[e.Outcome+" "+e.ExecutionID+" "+e.StepID+" "+e.Code] = e
	}
	require.Len(t, told, 5, "%v", told)
	require.Equal(t, 0, *told["duplicate r-1  "].Index)
	require.Equal(t, "Faktury", told["accepted r-1  "].WorkflowName)
	require.Equal(t, "step.started", told["accepted r-1 s "].Type)
	refused := told["refused r-2  missing_field"]
	require.Equal(t, 2, *refused.Index)
	require.Equal(t, "stepId is required", refused.Message)
	require.Equal(t, "Brakuje wymaganego pola.", refused.Reason)
	require.Equal(t, 3, *told["refused   malformed"].Index)
	require.Empty(t, a.receiver(admin, "events", "Accept-Language", "en").Events[0].Reason, "the sender's words are English already")
}

// What the engine itself refuses early in a large request is kept beside the many that follow it.
func TestReceiversKeepWhatTheEngineRefused(t *testing.T) {
	t.Parallel()
	s := new(Server)
	c := &call{principal: access.Principal{OrganizationID: "biuro", Name: "silnik"}, door: "events"}
	batch := ingest.Batch{Events: make([]execution.Event, 100), Positions: make([]int, 100)}
	for i := range batch.Events {
		batch.Events[i].ExecutionID, batch.Positions[i] = strconv.Itoa(i), i+1
	}
	receipt := engine.Receipt{Accepted: 97, Duplicates: 1, Repeated: []int{98}, Rejected: []engine.Rejection{{Index: 3, Code: "too_large"}, {Index: 99, Code: "too_large"}}}
	s.received(c, &batch, &receipt, 7)
	counts, events := s.receivers.Of("biuro", "events").View()
	require.Equal(t, receiver.Counts{Accepted: 97, Duplicates: 1, Refused: 2}, counts)
	told := map[receiver.Outcome][]string{}
	for _, e := range events {
		told[e.Outcome] = append(told[e.Outcome], e.ExecutionID+"@"+strconv.Itoa(e.Index))
	}
	require.Equal(t, []string{"99@100", "3@4"}, told[receiver.Refused])
	require.Equal(t, []string{"98@99"}, told[receiver.Duplicate])
	require.Len(t, told[receiver.Accepted], receiver.KeptMax-2)
}

// What is refused whole is told too, if its sender is known: bad JSON, too large, a role that may not. Nobody is told of a wrong token.
func TestReceiversTellOfRequestsThatWereRefusedWhole(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	requireProblem(t, a.send("POST", ingestPath, testSecret, []byte(`{"a":`)), http.StatusBadRequest, "malformed_json")
	requireProblem(t, a.send("POST", ingestPath, testSecret, []byte(`x`), "Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "unsupported_media_type")
	requireProblem(t, a.send("POST", ingestPath, testSecret, []byte(strings.Repeat(" ", 17<<20))), http.StatusRequestEntityTooLarge, "body_too_large")
	requireProblem(t, a.send("POST", ingestPath, a.token("", access.Viewer), []byte(`{}`)), http.StatusForbidden, "forbidden")
	requireProblem(t, a.send("POST", ingestPath, "nobody", []byte(`{}`)), http.StatusUnauthorized, "unauthorized")

	d := a.receiver(admin, "events")
	require.Equal(t, uint64(4), d.Requests)
	require.Zero(t, d.Refused)
	var codes []string
	for _, e := range d.Events {
		require.Nil(t, e.Index)
		require.NotEmpty(t, e.Reason)
		codes = append(codes, e.Code)
	}
	require.Equal(t, []string{"forbidden", "body_too_large", "unsupported_media_type", "malformed_json"}, codes, "newest first")
}

// No door forgets to note: what none of them can read is told by each.
func TestEveryDoorNotesWhatItRefuses(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	asked := map[string]bool{}
	for _, r := range routes() {
		if r.door == "" || r.public {
			continue
		}
		asked[r.door] = true
		got := a.send(r.method, r.path, testSecret, []byte("?"), "Content-Type", "image/png")
		require.Equal(t, http.StatusUnsupportedMediaType, got.status, "%s: %s", r.path, got.body)
		require.NotZero(t, a.receiver(admin, r.door).Requests, r.path)
	}
	require.GreaterOrEqual(t, len(asked), 7)
}

// Every door notes what comes in; a storm keeps no more than the limit.
func TestEveryDoorNotesWhatComesIn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	for path, body := range map[string]string{
		ingestPath: guide.Sample("events"), cloudeventsPath: guide.Sample("cloudevents"), openlineagePath: guide.Sample("openlineage"), n8nPath: guide.Sample("n8n"),
		"/api/ingest/samples": `[{"metric":"cpu.usage_percent","value":42},{"metric":"?","value":1}]`,
	} {
		media := "application/json"
		if path == cloudeventsPath {
			media = cloudeventsMedia
		}
		got := a.send("POST", path, testSecret, []byte(body), "Content-Type", media)
		require.Equal(t, http.StatusOK, got.status, "%s %s", path, got.body)
	}
	key := decoded[NewPingKey](t, a.send("POST", pingKeysPath, admin, []byte(`{"name":"Kopia","workflowId":"kopia"}`)))
	require.Equal(t, http.StatusOK, a.send("GET", "/ping/"+key.Key+"/3", "", nil).status)
	require.Equal(t, http.StatusUnprocessableEntity, a.send("GET", "/ping/"+key.Key+"?rid=%20", "", nil).status)

	require.NotZero(t, get[ReceiverPage](a, receiversPath, admin).Since)
	for _, name := range []string{"events", "cloudevents", "openlineage", "n8n", "samples", "ping"} {
		d := a.receiver(admin, name)
		require.NotEmpty(t, d.Events, name)
		require.NotZero(t, d.Accepted, name)
	}
	pinged := a.receiver(admin, "ping")
	require.Equal(t, "Kopia", pinged.Events[0].Source)
	require.Equal(t, uint64(1), pinged.Requests)
	samples := a.receiver(admin, "samples")
	require.Equal(t, []uint64{1, 1}, []uint64{samples.Accepted, samples.Refused})

	for range 3 {
		a.send("POST", ingestPath, testSecret, []byte("["+strings.TrimSuffix(strings.Repeat(`{"type":"execution.started","executionId":"r","workflowId":"w"},`, 50), ",")+",{}]"))
	}
	require.Len(t, a.receiver(admin, "events").Events, receiver.KeptMax+3)
}

// Remote write tells its series: taken ones by their metric, refused ones with what is wrong, and never twice.
func TestReceiversTellOfRemoteWrite(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	now := time.Now()
	good := remoteLine{pairs: []string{"__name__", "silnik_kolejka", "job", "ksef"}, samples: map[time.Duration]float64{time.Minute: 1, time.Second: 2}}
	require.Equal(t, http.StatusNoContent, a.remoteWrite(testSecret, remoteBody(t, now, good)).status)
	d := a.receiver(admin, "prometheus")
	require.Equal(t, []uint64{2, 0, 0}, []uint64{d.Accepted, d.Refused, d.Requests})
	require.Equal(t, "silnik_kolejka", d.Events[0].Type)
	bad := remoteLine{pairs: []string{"__name__", "1 zła nazwa"}, samples: map[time.Duration]float64{0: 1}}
	requireProblem(t, a.remoteWrite(testSecret, remoteBody(t, now, good, bad)), http.StatusBadRequest, "samples_refused")
	d = a.receiver(admin, "prometheus")
	require.Equal(t, []uint64{1, 0}, []uint64{d.Refused, d.Requests})
	require.Equal(t, "refused", d.Events[0].Outcome)
	require.NotEmpty(t, d.Events[0].Message)
	require.Len(t, d.Events, 2)
}

// One organisation never sees what another sent; nor does who sees some clients only, nor another role.
func TestReceiversAreOfOneOrganisation(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	other := a.token("Inne", access.OrgAdmin)
	a.send("POST", ingestPath, testSecret, []byte(`{"type":"execution.started","executionId":"tajne","workflowId":"w"}`))
	require.NotContains(t, string(a.send("GET", receiversPath, other, nil).body), "tajne")
	requireProblem(t, a.send("GET", receiversPath, a.token("", access.WorkflowAdmin), nil), http.StatusForbidden, "forbidden")
	_, cookie := a.limitedUser("zofia", `["K-1"]`, access.OrgAdmin)
	requireProblem(t, a.send("GET", receiversPath, "", nil, "Cookie", cookie), http.StatusForbidden, "forbidden")
	requireProblem(t, a.send("POST", receiversPath+"/events/try", "", []byte(`{"body":"{}"}`), "Cookie", cookie), http.StatusForbidden, "forbidden")
}

// A trial says what the door itself would make of a body, item by item, and leaves nothing behind.
func TestATrialTranslatesAsTheDoorDoesAndStoresNothing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	try := func(door, body, contentType string) Trial {
		in, err := json.Marshal(TrialInput{Body: body, ContentType: contentType})
		require.NoError(t, err)
		got := a.send("POST", receiversPath+"/"+door+"/try", admin, in)
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		return decoded[Trial](t, got)
	}
	for _, d := range get[ReceiverPage](a, receiversPath, admin).Items {
		require.Equal(t, d.Triable, d.Sample != "", d.Door)
		if !d.Triable {
			continue
		}
		got := try(d.Door, d.Sample, "")
		require.Nil(t, got.Refused, d.Door)
		require.Empty(t, got.Rejected, d.Door)
		require.NotEmpty(t, got.Events, d.Door)
		require.Equal(t, len(got.Events), got.Total)
		for _, e := range got.Events {
			require.NotEmpty(t, e.ExecutionID)
		}
	}
	mixed := try("events", `{"type":"execution.failed","executionId":"r","workflowId":"w","error":"PESEL 44051401359"}`+"\n{}\n", "application/x-ndjson")
	require.Equal(t, 1, mixed.Total)
	require.NotContains(t, mixed.Events[0].Error, "44051401359", "masked as what is stored")
	require.Equal(t, "missing_field", mixed.Rejected[0].Code)
	require.Equal(t, &TrialRefusal{Status: 400, Code: "malformed_json", Reason: "Treść żądania nie jest poprawnym dokumentem JSON."}, try("n8n", `{`, "").Refused)
	one := `{"type":"execution.started","executionId":"r","workflowId":"w"}`
	many := try("events", "["+strings.Repeat(one+",", trialEventsMax)+one+"]", "")
	require.Len(t, many.Events, trialEventsMax)
	require.Equal(t, trialEventsMax+1, many.Total)

	require.Empty(t, get[ExecutionPage](a, "/api/monitoring/executions", testSecret).Items)
	require.Empty(t, a.receiver(admin, "events").Events, "nothing came in")
	requireProblem(t, a.send("POST", receiversPath+"/ping/try", admin, []byte(`{"body":"x"}`)), http.StatusNotFound, "not_found")
	large, err := json.Marshal(TrialInput{Body: strings.Repeat(" ", trialBytesMax+1)})
	require.NoError(t, err)
	requireProblem(t, a.send("POST", receiversPath+"/events/try", admin, large), http.StatusUnprocessableEntity, "invalid_field")
}

func TestGuidesAreAnsweredInTheLanguageAskedFor(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	page := get[GuidePage](a, guidesPath, testSecret)
	require.Len(t, page.Items, len(guide.Engines))
	for _, one := range page.Items {
		for _, lang := range guide.Languages {
			g := get[GuideAnswer](a, guidesPath+"/"+one.Engine+"?lang="+lang, testSecret)
			require.Equal(t, lang, g.Language)
			require.NotEmpty(t, g.Blocks)
			require.NotEmpty(t, g.URL)
			require.NotNil(t, g.Doors)
		}
	}
	english := decoded[GuideAnswer](t, a.send("GET", guidesPath+"/scripts", testSecret, nil, "Accept-Language", "en"))
	require.Equal(t, "Scripts, cron, PowerShell, backups", english.Title)
	requireProblem(t, a.send("GET", guidesPath+"/nie-ma", testSecret, nil), http.StatusNotFound, "not_found")
	requireProblem(t, a.send("GET", guidesPath+"?lang=de", testSecret, nil), http.StatusUnprocessableEntity, "invalid_field")
}
