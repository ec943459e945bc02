package api

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/access"
)

// route is one entry of the table: what is registered and what openapi.json
// says come from it alone. Parameters in the path are in braces.
type route struct {
	method, path string
	summary      string
	handle       func(s *Server, c *call) error
	tell         func(s *Server, c *fiber.Ctx, err error) error // answers an error; nil: as a problem
	rights       []access.Right                                 // any of them will do; none: every known caller
	public       bool                                           // answers without a token
	document     bool                                           // may be made public by an option
	unlimited    bool                                           // does not count for the rate limit
	endless      bool                                           // the answer may take any time
	door         string                                         // what comes in here is noted under this name; "": nothing is
	query        []parameter
	request      any      // a value of the body's type; nil: no body
	accepts      []string // media types of a body in another format; nil: JSON
	response     any      // a value of the answer's type; nil: no content, or media
	media        string
	status       int // of success; 0: 200
}

// parameter is one of a URL's query.
type parameter struct {
	name, kind, about string
	repeated          bool
	enum              []string
}

var (
	reading   = []access.Right{access.ReadMonitoring}
	feeding   = []access.Right{access.Ingest}
	ruling    = []access.Right{access.EditDeadlines}
	filing    = []access.Right{access.FileDeadlines}
	tokening  = []access.Right{access.ManageTokens, access.ManageAnyTokens}
	keeping   = []access.Right{access.ManageData}
	adjusting = []access.Right{access.ManageSettings}
	staffing  = []access.Right{access.ManageUsers, access.ManageAnyUsers}

	acknowledging = []access.Right{access.AcknowledgeAlerts}
	resolving     = []access.Right{access.ResolveAlerts}
	owning        = []access.Right{access.OwnDashboards}
	alerting      = []access.Right{access.ManageAlerts}
)

// routes is the one table of all routes.
func routes() []route {
	limit := parameter{name: "limit", kind: "integer", about: "1 to 100, default 20"}
	cursor := parameter{name: "cursor", kind: "string", about: "nextCursor of the page before"}
	workflow := parameter{name: "workflowId", kind: "string"}
	of := parameter{name: "organizationId", kind: "string", about: "for an appliance administrator; default: the own one"}
	live := []parameter{
		{name: "type", kind: "string", about: "topics, separated by commas"}, workflow, {name: "executionId", kind: "string"},
		{name: "status", kind: "string", repeated: true, enum: enums()["status"]},
	}
	topics := slices.Concat(authRoutes(), authorityRoutes(), logRoutes(limit, cursor), userRoutes(of), dataRoutes(), settingRoutes(), revealRoutes(),
		auditRoutes(limit, cursor), evidenceRoutes(), numberRoutes(), deadlineRoutes(limit, cursor),
		resourceRoutes(limit, cursor), priorityRoutes(limit, cursor), backupRoutes(limit, cursor), heartbeatRoutes(),
		alertRuleRoutes(workflow), alertHistoryRoutes(cursor, workflow), silenceRoutes(), outageRoutes(), morningRoutes(), deliveryRoutes(limit, cursor), answerRoutes(),
		dashboardRoutes(), viewRoutes(), searchRoutes(limit), foreignRoutes(), telemetryRoutes(), n8nHookRoutes(), pingRoutes(), socketIORoutes(), trpcRoutes(), remoteWriteRoutes(), prometheusRoutes(), scrapeRoutes(), feedKeyRoutes(), feedRoutes(), receiverRoutes(), guideRoutes(), webhookRoutes())
	return slices.Concat(topics, []route{
		{method: "POST", path: ingestPath, summary: "Send events: one, a JSON array, or NDJSON; durable when answered", rights: feeding,
			door: "events", handle: (*Server).postEvents, unlimited: true, request: ingest.Event{}, response: IngestReceipt{}},
		{method: "PUT", path: "/api/ingest/workflows/{workflowId}", summary: "Declare a workflow", rights: feeding,
			handle: (*Server).putWorkflow, request: WorkflowDeclaration{}, response: WorkflowDeclared{}},

		{method: "GET", path: "/api/monitoring/executions", summary: "Executions, newest first, with counts by status", rights: reading,
			handle: (*Server).listExecutions, query: listParameters(limit, cursor, workflow), response: ExecutionPage{}},
		{method: "GET", path: "/api/monitoring/executions/active", summary: "Executions that are pending, running or waiting", rights: reading,
			handle: (*Server).listActive, query: []parameter{workflow, cursor, limit}, response: ExecutionPage{}},
		{method: "GET", path: "/api/monitoring/attention", rights: reading,
			summary: "Failed executions that nobody answered and no later success of the same client made good", handle: (*Server).listAttention,
			query: []parameter{workflow, {name: "from", kind: "date-time", about: "when they began at the earliest"}, limit}, response: AttentionPage{}},
		{method: "GET", path: "/api/monitoring/executions/{executionId}", summary: "One execution with its steps", rights: reading,
			handle: (*Server).getExecution, response: ExecutionStatus{}},
		{method: "GET", path: "/api/monitoring/executions/{executionId}/steps/{stepId}", summary: "One step with input, output and attempts",
			rights: reading, handle: (*Server).getStep, response: StepDetail{}},
		{method: "GET", path: "/api/monitoring/executions/{executionId}/timeline", rights: reading,
			summary: "When the steps of an execution ran, beside the last completed runs", handle: (*Server).getTimeline, response: Timeline{}},
		{method: "GET", path: "/api/monitoring/executions/{executionId}/explain", rights: reading,
			summary: "Why an execution was slow or failed, in the language of the request", handle: (*Server).getExplanation,
			response: Explanation{}},
		{method: "GET", path: "/api/monitoring/workflows", summary: "Workflows with counts, last execution and health", rights: reading,
			handle: (*Server).listWorkflows, response: WorkflowPage{},
			query: []parameter{
				{name: "workflowId", kind: "string", about: "only this one"},
				{name: "numbers", kind: "string", enum: []string{"true", "false"}, about: "also what each amounted to today, lately and usually"},
			}},
		{method: "GET", path: "/api/monitoring/queue", summary: "The queue now", rights: reading,
			handle: (*Server).getQueue, response: engine.QueueStatus{}},
		{method: "GET", path: "/api/monitoring/meta", summary: "Version, server time, enumerations, limits",
			handle: (*Server).getMeta, response: Meta{}},
		{method: "GET", path: "/api/monitoring/ws", summary: "Live updates over WebSocket, sub-protocol flowwatch.v1", public: true,
			handle: plain((*Server).socket), endless: true, status: 101},
		{method: "GET", path: "/monitoring", summary: "The same as /api/monitoring/ws", public: true,
			handle: plain((*Server).socket), endless: true, status: 101},
		{method: "GET", path: "/api/monitoring/stream", summary: "Live updates as Server-Sent Events", rights: reading,
			handle: plain((*Server).stream), endless: true, query: live, media: streamMedia},

		{method: "GET", path: "/api/admin/tokens", summary: "API tokens, without their secrets", rights: tokening,
			handle: (*Server).listTokens, query: []parameter{of}, response: TokenPage{}},
		{method: "POST", path: "/api/admin/tokens", summary: "Make an API token; its secret is shown once", rights: tokening,
			handle: (*Server).postToken, request: TokenInput{}, response: NewToken{}, status: 201},
		{method: "DELETE", path: "/api/admin/tokens/{tokenId}", summary: "Revoke an API token", rights: tokening,
			handle: (*Server).deleteToken, query: []parameter{of}, status: 204},
		{method: "GET", path: "/api/admin/organizations", summary: "Organisations", rights: []access.Right{access.ManageOrganizations},
			handle: (*Server).listOrganizations, response: OrganizationPage{}},
		{method: "POST", path: "/api/admin/organizations", summary: "Make an organisation", rights: []access.Right{access.ManageOrganizations},
			handle: (*Server).postOrganization, request: OrganizationInput{}, response: Organization{}, status: 201},

		{method: "GET", path: "/healthz", summary: "The process answers", public: true, handle: (*Server).getHealth, response: Health{}},
		{method: "GET", path: "/readyz", summary: "Events can be taken", public: true, handle: (*Server).getReady, response: Health{}},
		{method: "GET", path: "/metrics", summary: "The appliance's own numbers for Prometheus", document: true,
			handle: (*Server).getMetrics, media: "text/plain"},
		{method: "GET", path: "/openapi.json", summary: "This document", document: true, handle: (*Server).getDocument, media: "application/json"},
	})
}

// authRoutes are those by which people sign in and out.
func authRoutes() []route {
	return []route{
		{method: "POST", path: "/api/auth/login", summary: "Sign in with login and password; the answer sets a session cookie", public: true,
			handle: (*Server).postLogin, request: LoginInput{}, response: SessionAnswer{}},
		{method: "POST", path: "/api/auth/setup", summary: "Make the first administrator with the key of the set-up link, and sign in", public: true,
			handle: (*Server).postSetup, request: SetupInput{}, response: SessionAnswer{}},
		{method: "POST", path: "/api/auth/session", summary: "Exchange the key of a demo's link for a session cookie", public: true,
			handle: (*Server).startSession, request: SessionInput{}, response: SessionAnswer{}},
		{method: "POST", path: logoutPath, summary: "End the session", handle: (*Server).endSession, status: 204},
		{method: "GET", path: "/api/auth/me", summary: "Who the caller is, and what the caller may do", handle: (*Server).getMe, response: Me{}},
		{method: "POST", path: "/api/auth/password", summary: "Change the own password; all other sessions end",
			handle: (*Server).postPassword, request: PasswordInput{}, response: SessionAnswer{}},
		{method: "POST", path: "/api/auth/totp", summary: "Begin to use one-time passwords: a secret for an authenticator program",
			handle: (*Server).postFactor, request: FactorInput{}, response: Factor{}},
		{method: "POST", path: "/api/auth/totp/confirm", summary: "Ask for one-time passwords from now on; answers recovery codes, once",
			handle: (*Server).confirmFactor, request: FactorCode{}, response: RecoveryCodes{}},
		{method: "POST", path: "/api/auth/totp/disable", summary: "Ask for no one-time passwords any more",
			handle: (*Server).dropFactor, request: FactorInput{}, status: 204},
	}
}

// userRoutes are those by which an organisation manages its people.
func userRoutes(of parameter) []route {
	const one = "/api/admin/users/{userId}"
	return []route{
		{method: "GET", path: usersPath, summary: "Users of the organisation", rights: staffing,
			handle: (*Server).listUsers, query: []parameter{of}, response: UserPage{}},
		{method: "POST", path: usersPath, summary: "Make a user", rights: staffing,
			handle: (*Server).postUser, request: UserInput{}, response: User{}, status: 201},
		{method: "GET", path: one, summary: "One user; ETag", rights: staffing,
			handle: (*Server).getUser, query: []parameter{of}, response: User{}},
		{method: "PATCH", path: one, summary: "Change a user; heeds If-Match. Rights change at once", rights: staffing,
			handle: (*Server).patchUser, query: []parameter{of}, request: UserPatch{}, response: User{}},
		{method: "DELETE", path: one, summary: "Remove a user; heeds If-Match", rights: staffing,
			handle: (*Server).deleteUser, query: []parameter{of}, status: 204},
	}
}

// numberRoutes are the routes about what executions amount to.
func numberRoutes() []route {
	return []route{
		{method: "GET", path: "/api/monitoring/workflows/{workflowId}/metrics", summary: "Totals, success rate, exact percentiles, and when executions were",
			rights: reading, handle: (*Server).getWorkflowMetrics, query: metricsParameters(), response: WorkflowMetrics{}},
		{method: "GET", path: "/api/monitoring/workflows/{workflowId}/trend", summary: "The same by hour, local day or ISO week, and whether it degraded",
			rights: reading, handle: (*Server).getWorkflowTrend, query: trendParameters(), response: Trend{}},
		{method: "GET", path: "/api/monitoring/workflows/{workflowId}/bottlenecks", summary: "Steps by their share of the total, with waits, failures and deviation",
			rights: reading, handle: (*Server).getBottlenecks, query: rangeParameters(), response: BottleneckPage{}},
		{method: "GET", path: "/api/monitoring/workflows/{workflowId}/export", summary: "Metrics and daily trend as a file: CSV, JSON or XLSX",
			rights: reading, handle: (*Server).getExport, query: exportParameters(), media: "text/csv"},
		{method: "GET", path: "/api/monitoring/trend", summary: "The trend over all of the organisation's workflows",
			rights: reading, handle: (*Server).getTrend, query: trendParameters(), response: OfficeTrend{}},
		{method: "GET", path: "/api/monitoring/metrics", summary: "Measured values over time, one series a metric and workflow",
			rights: reading, handle: (*Server).getSeries, query: seriesParameters(), response: SeriesAnswer{}},
	}
}

// deadlineRoutes are the routes about what is due.
func deadlineRoutes(limit, cursor parameter) []route {
	return []route{
		{method: "GET", path: "/api/monitoring/deadlines", summary: "Tax deadlines of a range of days, with the runs that serve them", rights: reading,
			handle: (*Server).listDeadlines, query: []parameter{
				{name: "from", kind: "string", about: "day, inclusive, on due; default today; also start, startTime"},
				{name: "to", kind: "string", about: "day, inclusive; default 90 days after from; also end, endTime"},
				{name: "clientRef", kind: "string", about: "what is due for that client, by what holds for them, with their runs"},
			}, response: DeadlinePage{}},
		{method: "GET", path: rulesPath, summary: "Rules of deadlines, with who confirmed them", rights: reading,
			handle: (*Server).listDeadlineRules, response: DeadlineRulePage{}},
		{method: "GET", path: rulesPath + "/{ruleId}", summary: "One rule with its changes; ETag", rights: reading,
			handle: (*Server).getDeadlineRule, response: DeadlineRuleStatus{}},
		{method: "PUT", path: rulesPath + "/{ruleId}", summary: "Change a rule, or make one of the office's own; heeds If-Match", rights: ruling,
			handle: (*Server).putDeadlineRule, request: DeadlineRuleInput{}, response: engine.DeadlineRule{}},
		{method: "POST", path: rulesPath + "/{ruleId}/confirm", summary: "Stand for a rule as it is now; heeds If-Match", rights: ruling,
			handle: (*Server).confirmDeadlineRule, request: ConfirmationInput{}, response: engine.DeadlineRule{}},
		{method: "GET", path: rulesPath + "/{ruleId}/clients", summary: "What holds for clients instead of a rule", rights: reading,
			handle: (*Server).listClientRules, query: []parameter{
				{name: "clientRef", kind: "string", about: "all versions for that client, newest first"}, cursor, limit,
			}, response: ClientRulePage{}},
		{method: "PUT", path: rulesPath + "/{ruleId}/clients", summary: "Say what holds for a client instead of a rule; heeds If-Match", rights: ruling,
			handle: (*Server).putClientRule, request: ClientRuleInput{}, response: engine.ClientRule{}},
		{method: "DELETE", path: rulesPath + "/{ruleId}/clients", summary: "Let the rule hold for a client again; heeds If-Match", rights: ruling,
			handle: (*Server).deleteClientRule, query: []parameter{
				{name: "clientRef", kind: "string", about: "required"}, {name: "reason", kind: "string"},
			}, status: 204},
		{method: "GET", path: "/api/monitoring/deadlines/{rule}/{period}/clients", rights: reading, handle: (*Server).listDeadlineClients,
			summary: "How the obligation of each client stands: filed, done, running, failed, not started", response: DeadlineClientPage{}},
		{method: "GET", path: "/api/monitoring/deadlines/{rule}/{period}/filed", summary: "Clients whose obligation is marked as met", rights: reading,
			handle: (*Server).listFilings, query: []parameter{cursor, limit}, response: FilingPage{}},
		{method: "POST", path: "/api/monitoring/deadlines/{rule}/{period}/filed", summary: "Mark a client's obligation as met", rights: filing,
			handle: (*Server).postFiling, request: FilingInput{}, response: engine.Filing{}},
	}
}

// resourceRoutes are those about what machines and engines use.
func resourceRoutes(limit, cursor parameter) []route {
	within := []parameter{
		{name: "startTime", kind: "string", about: "RFC 3339, inclusive; also start; default an hour before the end"},
		{name: "endTime", kind: "string", about: "RFC 3339, inclusive; also end; default now"},
	}
	window := parameter{name: "window", kind: "string", about: "default 5m", enum: []string{"5m", "1h"}}
	return []route{
		{method: "POST", path: "/api/ingest/samples", summary: "Send what an engine measures: one sample, a JSON array, or NDJSON", rights: feeding,
			door: "samples", handle: (*Server).postSamples, unlimited: true, request: ingest.Sample{}, response: SampleReceipt{}},
		{method: "GET", path: "/api/monitoring/system/metrics", summary: "CPU, memory, disk, connections, queue: all values of an hour, means of longer",
			rights: reading, handle: (*Server).getSystemMetrics, response: SeriesAnswer{},
			query: append(slices.Clone(within), parameter{name: "interval", kind: "string", enum: seriesIntervals, about: "means of each"})},
		{method: "GET", path: "/api/monitoring/queue/history", summary: "What the queue was like, every 15 seconds and when its warning came or went",
			rights: reading, handle: (*Server).getQueueHistory, query: append(slices.Clone(within), cursor, limit), response: QueueSnapshotPage{}},
		{method: "GET", path: "/api/monitoring/system/health", summary: "Green, yellow or red, with reasons", rights: reading,
			handle: (*Server).getSystemHealth, response: engine.SystemHealth{}},
		{method: "GET", path: "/api/monitoring/system/storage", summary: "The room for the data: how full, how fast it fills, what was stopped for want of it",
			rights: reading, handle: (*Server).getStorage, response: engine.Storage{}},
		{method: "GET", path: "/api/monitoring/system/consumers", summary: "Workflows by CPU, memory and share, greatest first", rights: reading,
			handle: (*Server).getConsumers, query: []parameter{window}, response: ConsumerPage{}},
	}
}

// priorityRoutes are those by which people wish and engines answer.
func priorityRoutes(limit, cursor parameter) []route {
	return []route{
		{method: "POST", path: "/api/monitoring/queue/executions/{executionId}/priority", summary: "Wish that an execution have a priority; the engine decides",
			rights: []access.Right{access.Prioritise}, handle: (*Server).postPriority, request: PriorityInput{}, response: PriorityReceipt{}, status: 202},
		{method: "GET", path: "/api/monitoring/queue/next", summary: "The queue in the order of priority, deadlines, age and wishes, with reasons",
			rights: reading, handle: (*Server).listNextQueued, query: []parameter{limit}, response: QueuedPage{}},
		{method: "POST", path: "/api/monitoring/queue/executions/{executionId}/boost", summary: "Forbid or allow that deadlines raise an execution",
			rights: []access.Right{access.Prioritise}, handle: (*Server).postBoost, request: BoostInput{}, response: BoostAnswer{}},
		{method: "GET", path: "/api/ingest/commands", summary: "What engines are asked to do and have not answered, oldest first", rights: feeding,
			handle: (*Server).listCommands, query: []parameter{cursor, limit}, response: CommandPage{}},
		{method: "POST", path: "/api/ingest/commands/{commandId}/acknowledge", summary: "An engine has taken a command, or refuses it", rights: feeding,
			handle: (*Server).answerCommand, request: CommandAnswer{}, response: engine.PriorityRequest{}},
	}
}

func listParameters(limit, cursor, workflow parameter) []parameter {
	return []parameter{
		{name: "status", kind: "string", repeated: true, enum: enums()["status"]}, workflow,
		{name: "priority", kind: "string", enum: enums()["priority"]},
		{name: "clientRef", kind: "string"}, {name: "tag", kind: "string"},
		{name: "q", kind: "string", about: "part of executionId, workflowId, workflowName, clientRef, a tag, metadata.externalId or the masked error; case and diacritics don't matter"},
		{name: "from", kind: "string", about: "RFC 3339, inclusive, on startedAt or else queuedAt; also start, startTime"},
		{name: "to", kind: "string", about: "RFC 3339, inclusive; also end, endTime"},
		{name: "minDurationMs", kind: "integer"}, {name: "maxDurationMs", kind: "integer"},
		{name: "sort", kind: "string", enum: strings.Fields(sortsAccepted)},
		{name: "counts", kind: "boolean", about: "false leaves countsByStatus out"}, cursor, limit,
	}
}

// rangeParameters are a range of time, both ends included.
func rangeParameters() []parameter {
	return []parameter{
		{name: "start", kind: "string", about: "RFC 3339, inclusive, on startedAt or else queuedAt; also startTime; default: 30 days before end"},
		{name: "end", kind: "string", about: "RFC 3339, inclusive; also endTime; default: now"},
	}
}

func metricsParameters() []parameter {
	return append(rangeParameters(),
		parameter{name: "outcome", kind: "string", enum: []string{"completed", "failed"}, about: "durations of these only"},
		parameter{name: "compare", kind: "string", enum: []string{"previous"}, about: "also the range of the same length before"})
}

func trendParameters() []parameter {
	return append(rangeParameters(), parameter{name: "interval", kind: "string", enum: trendIntervals, about: "default 1d"})
}

func exportParameters() []parameter {
	return append(rangeParameters(), parameter{name: "format", kind: "string", enum: []string{"csv", "json", "xlsx"}, about: "default csv"},
		parameter{name: "locale", kind: "string", enum: []string{"pl", "C"}, about: "of csv; default pl"})
}

func seriesParameters() []parameter {
	return []parameter{
		{name: "startTime", kind: "string", about: "RFC 3339, inclusive, required; also start"},
		{name: "endTime", kind: "string", about: "RFC 3339, inclusive, required; also end"},
		{name: "workflowId", kind: "string"}, {name: "executionId", kind: "string"},
		{name: "metricTypes", kind: "string", repeated: true, about: "separated by commas: own gauges and " + strings.Join(engine.MetricNames(), ", ")},
		{name: "aggregation", kind: "string", enum: aggregations()},
		{name: "interval", kind: "string", enum: seriesIntervals},
	}
}

// plain makes a route's handler of one that needs no call.
func plain(handle func(s *Server, c *fiber.Ctx) error) func(*Server, *call) error {
	return func(s *Server, c *call) error { return handle(s, c.Ctx) }
}

// register gives the table to Fiber. What it does not hold is the page's, or
// unknown.
func (s *Server) register() {
	for i := range s.routes {
		r := &s.routes[i]
		handler := s.guard(r)
		s.app.Add(r.method, r.fiberPath(), handler)
		if r.method == fiber.MethodGet && !r.endless {
			s.app.Add(fiber.MethodHead, r.fiberPath(), handler)
		}
	}
	s.app.Use(func(c *fiber.Ctx) error {
		path := c.Path()
		if path == "/api" || strings.HasPrefix(path, "/api/") || s.isRoute(path) {
			return s.unknown(c, path)
		}
		return s.static(c)
	})
}

// fiberPath is the path in Fiber's notation.
func (r *route) fiberPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.path)
}

// isRoute reports whether the path is some route's, whatever the method.
func (s *Server) isRoute(path string) bool {
	for i := range s.routes {
		if s.routes[i].matches(path) {
			return true
		}
	}
	return false
}

// matches reports whether the path is one of the route's.
func (r *route) matches(path string) bool {
	path = strings.TrimSuffix(path, "/")
	for pattern := range strings.SplitSeq(r.path[1:], "/") {
		if !strings.HasPrefix(path, "/") {
			return false
		}
		segment, rest, more := strings.Cut(path[1:], "/")
		if segment == "" || segment != pattern && pattern[0] != '{' {
			return false
		}
		if path = ""; more {
			path = "/" + rest
		}
	}
	return path == ""
}

// pathOf is the path that a request's header names.
func pathOf(h *fasthttp.RequestHeader) string {
	path, _, _ := strings.Cut(string(h.RequestURI()), "?")
	return path
}
