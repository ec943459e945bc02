package api

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"flowwatch/engine/fault"
	"flowwatch/engine/promql"
)

const prometheusPath = "/prometheus/api/v1"

const formMedia = "application/x-www-form-urlencoded"

// PrometheusAnswer is the envelope of Prometheus' HTTP API. Data depends on the route.
type PrometheusAnswer struct {
	Status    string          `json:"status"`
	Data      json.RawMessage `json:"data,omitempty"`
	ErrorType string          `json:"errorType,omitempty"`
	Error     string          `json:"error,omitempty"`
	Warnings  []string        `json:"warnings,omitempty"`
	Infos     []string        `json:"infos,omitempty"`
}

// PrometheusMetric is what is known of a metric.
type PrometheusMetric struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

// promStatuses is the one table from the kind of an expression's error to its HTTP status, that of Prometheus. Nobody reads the answer to a
// question that was given up.
var promStatuses = map[promql.Kind]int{
	promql.BadData: http.StatusBadRequest, promql.Execution: http.StatusUnprocessableEntity, promql.TimedOut: http.StatusServiceUnavailable,
	promql.Canceled: http.StatusServiceUnavailable, promql.Internal: http.StatusInternalServerError,
}

// promHandler answers one route from the parameters of query and form.
type promHandler func(s *Server, c *call, form url.Values) (*PrometheusAnswer, error)

// prometheus makes a route's handler of one.
func prometheus(handle promHandler) func(*Server, *call) error {
	return func(s *Server, c *call) error {
		form, err := promForm(c)
		var answer *PrometheusAnswer
		if err == nil {
			answer, err = handle(s, c, form)
		}
		if err != nil {
			return s.promFailed(c, err)
		}
		answer.Status = "success"
		return promSend(c, answer)
	}
}

func promSend(c *call, a *PrometheusAnswer) error {
	body, err := json.Marshal(a)
	if err != nil {
		panic("BUG: api: marshal an answer of Prometheus: " + err.Error())
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(body)
}

// promFailed answers an error in the envelope.
func (s *Server) promFailed(c *call, err error) error {
	a := &PrometheusAnswer{Status: "error"}
	status := http.StatusInternalServerError
	var asked *promql.Error
	if errors.As(err, &asked) {
		a.ErrorType, a.Error, status = string(asked.Kind), asked.Error(), promStatuses[asked.Kind]
	} else if e := fault.Of(err); e.Kind != fault.Internal {
		a.ErrorType, a.Error, status = e.Code, e.Message, statuses[e.Kind]
		if status == http.StatusServiceUnavailable {
			a.ErrorType = "unavailable"
		}
	}
	if status == http.StatusInternalServerError {
		id := uuid.NewString()
		s.log.Error("an expression failed", "id", id, "route", c.Route().Path, "err", err)
		a.ErrorType, a.Error = string(promql.Internal), "internal error "+id
	}
	c.Status(status)
	return promSend(c, a)
}

var errFormExpected = fault.New(fault.Unsupported, "unsupported_media_type", "send "+formMedia)

// promForm is what the URL and, of a POST, the form say; the form's values come first. Its strings are copies.
func promForm(c *call) (url.Values, error) {
	malformed := fault.New(fault.Malformed, string(promql.BadData), "the parameters are not well encoded")
	form, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return nil, malformed.Wrap(err)
	}
	if body := c.Request().Body(); c.Method() == http.MethodPost && len(body) > 0 {
		media, _, err := mime.ParseMediaType(string(c.Request().Header.ContentType()))
		if err != nil || media != formMedia {
			return nil, errFormExpected
		}
		sent, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, malformed.Wrap(err)
		}
		for name, values := range form {
			sent[name] = append(sent[name], values...)
		}
		form = sent
	}
	return form, nil
}

func promData(v any) (*PrometheusAnswer, error) {
	data, err := json.Marshal(v)
	return &PrometheusAnswer{Data: data}, err
}

// promQuery reads what both kinds of queries take.
func promQuery(form url.Values) (q promql.Query, err error) {
	q.Text = form.Get("query")
	for name, to := range map[string]*time.Duration{"timeout": &q.Timeout, "lookback_delta": &q.Lookback} {
		if text := form.Get(name); text != "" {
			if *to, err = promql.ParseDuration(text); err != nil {
				return q, err
			}
		}
	}
	return q, nil
}

func (s *Server) promInstant(c *call, form url.Values) (*PrometheusAnswer, error) {
	q, err := promQuery(form)
	if err != nil {
		return nil, err
	}
	q.At = s.engine.Now()
	if text := form.Get("time"); text != "" {
		if q.At, err = promql.ParseTime(text); err != nil {
			return nil, err
		}
	}
	answer, err := c.tenant.PromInstant(c.Context(), &q)
	if err != nil {
		return nil, err
	}
	return &PrometheusAnswer{Data: answer.Data, Warnings: answer.Warnings, Infos: answer.Infos}, nil
}

func (s *Server) promRange(c *call, form url.Values) (*PrometheusAnswer, error) {
	var q promql.RangeQuery
	var err error
	if q.Query, err = promQuery(form); err != nil {
		return nil, err
	}
	if q.From, err = promql.ParseTime(form.Get("start")); err != nil {
		return nil, err
	}
	if q.To, err = promql.ParseTime(form.Get("end")); err != nil {
		return nil, err
	}
	if q.Step, err = promql.ParseDuration(form.Get("step")); err != nil {
		return nil, err
	}
	answer, err := c.tenant.PromRange(c.Context(), &q)
	if err != nil {
		return nil, err
	}
	return &PrometheusAnswer{Data: answer.Data, Warnings: answer.Warnings, Infos: answer.Infos}, nil
}

// limited cuts a list to the parameter limit, and says so.
func limited[T any](list []T, form url.Values) (*PrometheusAnswer, error) {
	limit, err := strconv.Atoi(form.Get("limit"))
	if form.Get("limit") != "" && (err != nil || limit < 0) {
		return nil, fault.New(fault.Malformed, string(promql.BadData), "limit must be a whole number from 0 on")
	}
	var warnings []string
	if limit > 0 && len(list) > limit {
		list, warnings = list[:limit], []string{"results truncated due to limit"}
	}
	answer, err := promData(orEmpty(list))
	answer.Warnings = warnings
	return answer, err
}

func (s *Server) promSeries(c *call, form url.Values) (*PrometheusAnswer, error) {
	list, err := c.tenant.PromSeries(c.Context(), form["match[]"])
	if err != nil {
		return nil, err
	}
	return limited(list, form)
}

func (s *Server) promLabels(c *call, form url.Values) (*PrometheusAnswer, error) {
	list, err := c.tenant.PromLabels(c.Context(), form["match[]"])
	if err != nil {
		return nil, err
	}
	return limited(list, form)
}

func (s *Server) promLabelValues(c *call, form url.Values) (*PrometheusAnswer, error) {
	name, err := url.PathUnescape(c.Params("label"))
	if err != nil {
		return nil, fault.New(fault.Malformed, string(promql.BadData), "the label's name is not well encoded").Wrap(err)
	}
	list, err := c.tenant.PromLabelValues(c.Context(), name, form["match[]"])
	if err != nil {
		return nil, err
	}
	return limited(list, form)
}

func (s *Server) promMetadata(c *call, form url.Values) (*PrometheusAnswer, error) {
	all, err := c.tenant.PromMetrics(c.Context())
	if err != nil {
		return nil, err
	}
	wanted, known := form.Get("metric"), map[string][]PrometheusMetric{}
	for _, m := range all {
		if wanted == "" || wanted == m.Name {
			known[m.Name] = []PrometheusMetric{{Type: m.Type, Help: m.Help}}
		}
	}
	return promData(known)
}

// promBuild says which language is spoken, as its clients ask before they use what newer ones have.
func (s *Server) promBuild(_ *call, _ url.Values) (*PrometheusAnswer, error) {
	return promData(map[string]string{
		"version": promql.Version, "application": "Flowwatch", "revision": s.options.Version, "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
	})
}

// promRules and promExemplars answer that there are none: alerts have routes of their own.
func (s *Server) promRules(*call, url.Values) (*PrometheusAnswer, error) {
	return promData(map[string][]string{"groups": {}})
}

func (s *Server) promExemplars(*call, url.Values) (*PrometheusAnswer, error) {
	return promData([]string{})
}

// prometheusRoutes are those of Prometheus' HTTP API that its clients read by.
func prometheusRoutes() []route {
	instant := []parameter{
		{name: "query", kind: "string", about: "PromQL"}, {name: "time", kind: "string", about: "RFC 3339 or Unix seconds; default now"},
		{name: "timeout", kind: "string", about: "as in 10s"}, {name: "lookback_delta", kind: "string", about: "how old a value may be; default 5m"},
	}
	within := []parameter{
		instant[0], {name: "start", kind: "string", about: "RFC 3339 or Unix seconds"}, {name: "end", kind: "string", about: "RFC 3339 or Unix seconds"},
		{name: "step", kind: "string", about: "as in 15s, or seconds"}, instant[2], instant[3],
	}
	match := []parameter{{name: "match[]", kind: "string", repeated: true, about: "a selector of series"}, {name: "limit", kind: "integer", about: "0: no limit"}}
	get := func(path, summary string, handle promHandler, query []parameter) route {
		return route{method: http.MethodGet, path: prometheusPath + path, summary: summary, rights: reading, handle: prometheus(handle), query: query,
			response: PrometheusAnswer{}}
	}
	var all []route
	both := func(path, summary string, handle promHandler, query []parameter) {
		r := get(path, summary, handle, query)
		all = append(all, r)
		r.method, r.accepts, r.summary = http.MethodPost, []string{formMedia}, summary+"; parameters in a form"
		all = append(all, r)
	}
	both("/query", "The value of a PromQL expression at one time", (*Server).promInstant, instant)
	both("/query_range", "The values of a PromQL expression at each step of a range", (*Server).promRange, within)
	both("/series", "Series that selectors take, whatever the time", (*Server).promSeries, match)
	both("/labels", "Names of labels", (*Server).promLabels, match)
	both("/query_exemplars", "Exemplars: none are kept", (*Server).promExemplars, instant[:1])
	return append(all,
		get("/label/{label}/values", "Values of a label", (*Server).promLabelValues, match),
		get("/metadata", "What is known of metrics", (*Server).promMetadata, []parameter{{name: "metric", kind: "string"}}),
		get("/status/buildinfo", "Whose language is spoken", (*Server).promBuild, nil),
		get("/rules", "Rules of Prometheus: there are none", (*Server).promRules, nil))
}
