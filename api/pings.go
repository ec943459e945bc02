package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ping"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const (
	pingPath     = "/ping/{key}"
	pingKeysPath = "/api/admin/ping-keys"
)

// PingKeyInput makes an address for a script. Its runs are executions of the workflow, which is expected to run by the schedule, if there is one.
type PingKeyInput struct {
	Name       string                   `json:"name"`
	WorkflowID string                   `json:"workflowId"`
	Schedule   *engine.WorkflowSchedule `json:"schedule,omitempty"`
}

// PingKey is an address of a script, without its key.
type PingKey struct {
	ID         string                   `json:"id"`
	Name       string                   `json:"name"`
	WorkflowID string                   `json:"workflowId"`
	CreatedAt  execution.Instant        `json:"createdAt"`
	Schedule   *engine.WorkflowSchedule `json:"schedule"` // of the workflow
}

// NewPingKey is an address with its key, which nobody can show again.
type NewPingKey struct {
	PingKey
	Key string `json:"key"`
	URL string `json:"url"`
}

// PingKeyPage lists addresses of scripts; all fit on one page.
type PingKeyPage struct {
	Items      []PingKey `json:"items"`
	NextCursor *string   `json:"nextCursor"`
}

func newPingKey(k access.URLKey, s *engine.WorkflowSchedule) PingKey {
	return PingKey{ID: k.ID, Name: k.Name, WorkflowID: k.WorkflowID, CreatedAt: instant(k.CreatedAt), Schedule: s}
}

func (s *Server) listPingKeys(c *call) error {
	page := PingKeyPage{Items: []PingKey{}}
	for _, k := range s.engine.Access().PingKeys(c.principal.OrganizationID) {
		page.Items = append(page.Items, newPingKey(k, c.tenant.ScheduleOf(k.WorkflowID)))
	}
	return c.JSON(page)
}

func (s *Server) postPingKey(c *call) error {
	var in PingKeyInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if !ingest.ValidID(in.WorkflowID) {
		return errInvalid.With(fault.Field{Location: "body.workflowId", Message: "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -"})
	}
	if fields := checkSchedule(in.Schedule); len(fields) > 0 {
		return errInvalid.With(fields...)
	}
	made, key, err := s.engine.Access().CreatePingKey(c.by(), c.principal.OrganizationID, in.WorkflowID, in.Name)
	if err != nil {
		return err
	}
	if in.Schedule != nil {
		if err := c.tenant.ScheduleWorkflow(c.by(), in.WorkflowID, made.Name, *in.Schedule); err != nil {
			return err
		}
	}
	c.Location(pingKeysPath + "/" + made.ID)
	return c.Status(http.StatusCreated).JSON(NewPingKey{PingKey: newPingKey(made, c.tenant.ScheduleOf(made.WorkflowID)), Key: key, URL: c.tenant.PublicURL() + "/ping/" + key})
}

// deletePingKey revokes a key at once.
func (s *Server) deletePingKey(c *call) error {
	id, err := c.id("pingKeyId")
	if err != nil {
		return err
	}
	if err := s.engine.Access().RevokePingKey(c.by(), c.principal.OrganizationID, id); err != nil {
		return err
	}
	return c.noContent()
}

// pinged finds what the key in the path stands for.
func (s *Server) pinged(c *call) (k access.URLKey, err error) {
	err = s.openByKey(c, s.rates, "ping", func(key string) (id string, err error) {
		k, err = s.engine.Access().Ping(key)
		return k.ID, err
	})
	return k, err
}

// pingedBy is the organisation whose key stands in the path of a ping; "": it is none.
func (s *Server) pingedBy(path string) string {
	rest, found := strings.CutPrefix(path, "/ping/")
	if !found {
		return ""
	}
	key, _, _ := strings.Cut(rest, "/")
	key, err := url.PathUnescape(key)
	if err != nil {
		return ""
	}
	k, err := s.engine.Access().Ping(key)
	if err != nil {
		return ""
	}
	return k.OrganizationID
}

// openByKey opens what the key in the path stands for: open returns the key's id. Who guesses is slowed down, and so is who uses a key too often.
func (s *Server) openByKey(c *call, uses *rates, purpose string, open func(key string) (id string, err error)) error {
	key, err := url.PathUnescape(c.Params("key"))
	if err == nil {
		var id string
		if id, err = open(key); err == nil {
			if s.options.RateLimit {
				return uses.take(purpose + " " + id)
			}
			return nil
		}
	}
	if s.options.RateLimit {
		if limited := s.guesses.take(c.address()); limited != nil {
			return limited
		}
	}
	return errNotFound
}

// ping takes a signal of a script.
func (s *Server) ping(c *call) error {
	k, err := s.pinged(c)
	if err != nil {
		return err
	}
	c.principal = access.Principal{OrganizationID: k.OrganizationID, Name: k.Name}
	signal, known := ping.Parse(c.Params("signal"))
	if !known {
		return errNotFound
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	_, rid := q.first("rid")
	body, release, err := s.inflate(c)
	if err != nil {
		return err
	}
	defer release()
	if c.tenant, err = s.tenantOf(c.principal); err != nil {
		return err
	}
	check := ping.Check{KeyID: k.ID, WorkflowID: k.WorkflowID, Name: k.Name}
	executionID, unique, err := s.pingedRun(c, &check, signal, rid)
	if err != nil {
		return err
	}
	now := execution.At(s.engine.Now())
	events := check.Events(signal, executionID, unique, body, now)
	receipt, err := c.tenant.Ingest(context.Background(), events)
	if err != nil {
		return err
	}
	s.received(c, &ingest.Batch{Events: events, Positions: make([]int, len(events))}, &receipt, now)
	if len(receipt.Rejected) > 0 {
		return fault.New(fault.Invalid, receipt.Rejected[0].Code, receipt.Rejected[0].Message)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString("OK\n")
}

// pingedRun is the run that a signal is about: the one that it names, else the
// latest that is open, else a new one. unique tells apart signals that say the same.
func (s *Server) pingedRun(c *call, check *ping.Check, signal ping.Signal, rid string) (executionID, unique string, err error) {
	fresh, err := uuid.NewV7()
	if err != nil {
		return "", "", err
	}
	if signal.Kind == ping.Log || rid == "" {
		unique = fresh.String()
	}
	if rid == "" && signal.Kind != ping.Start {
		if executionID = c.tenant.LatestRunning(check.WorkflowID, check.Prefix()); executionID != "" {
			return executionID, unique, nil
		}
	}
	if rid == "" {
		rid = fresh.String()
	}
	executionID, valid := check.ExecutionID(rid)
	if !valid {
		return "", "", errInvalid.With(fault.Field{Location: "query.rid", Message: "must be at most 86 characters of A-Z a-z 0-9 . _ : -"})
	}
	return executionID, unique, nil
}

// pingRoutes are those of scripts, and of the keys that they have.
func pingRoutes() []route {
	rid := []parameter{{name: "rid", kind: "string", about: "names the run; without it, the latest that is open is meant"}}
	all := []route{
		{method: "GET", path: pingKeysPath, summary: "Keys of scripts, without their secrets", rights: tokening, handle: (*Server).listPingKeys, response: PingKeyPage{}},
		{method: "POST", path: pingKeysPath, summary: "Make a ping address for a script; its key is shown once", rights: tokening,
			handle: (*Server).postPingKey, request: PingKeyInput{}, response: NewPingKey{}, status: 201},
		{method: "DELETE", path: pingKeysPath + "/{pingKeyId}", summary: "Revoke a script's key", rights: tokening, handle: (*Server).deletePingKey, status: 204},
	}
	for _, method := range []string{"GET", "POST"} {
		one := route{method: method, path: pingPath, summary: "A script has done its work", public: true, door: "ping", handle: (*Server).ping, query: rid, media: "text/plain"}
		signal := one
		signal.path, signal.summary = pingPath+"/{signal}", "A script tells start, fail, log or its exit code"
		if method == "POST" {
			one.accepts, signal.accepts = []string{"text/plain"}, []string{"text/plain"}
		}
		all = append(all, one, signal)
	}
	return all
}
