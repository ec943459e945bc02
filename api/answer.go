package api

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/alert"
	"flowwatch/engine/deadline"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify/text"
)

const (
	answerPath  = "/a/{token}"
	answerStyle = "/a.css"
	answerCSP   = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

	actionAcknowledge = "acknowledge"
	actionEscalate    = "escalate"
)

//go:embed answer.html
var answerHTML string

//go:embed answer.css
var answerCSS string

var answerTemplate = template.Must(template.New("answer").Parse(answerHTML))

// AnswerInput is what somebody does who followed the link in a message.
type AnswerInput struct {
	Action  string `json:"action"` // acknowledge or escalate
	Comment string `json:"comment,omitempty"`
}

// answerWords are the sentences of the page.
type answerWords struct {
	Lang, Title, Acknowledge, Escalate, Comment, Workflow, Run, When, By, Status, Open, Unknown, Resolved string
	Statuses                                                                                              map[alert.RecordStatus]string
}

var answerPolish = answerWords{
	Lang: "pl", Title: "Alert", Acknowledge: "Potwierdź", Escalate: "Przekaż wyżej", Comment: "Komentarz", Workflow: "Proces", Run: "Wykonanie",
	When: "Czas", By: "Potwierdzone przez", Status: "Stan", Open: "Otwórz w monitorze", Unknown: "Ten odnośnik jest nieznany albo wygasł.",
	Resolved: "Ten alert jest już zamknięty.",
	Statuses: map[alert.RecordStatus]string{
		alert.Active: "Aktywny", alert.Acknowledged: "Potwierdzony", alert.Escalated: "Przekazany wyżej", alert.Resolved: "Zamknięty",
	},
}

var answerEnglish = answerWords{
	Lang: "en", Title: "Alert", Acknowledge: "Acknowledge", Escalate: "Escalate", Comment: "Comment", Workflow: "Process", Run: "Run",
	When: "Time", By: "Acknowledged by", Status: "Status", Open: "Open in the monitor", Unknown: "This link is unknown or has expired.",
	Resolved: "This alert is resolved already.",
	Statuses: map[alert.RecordStatus]string{
		alert.Active: "Active", alert.Acknowledged: "Acknowledged", alert.Escalated: "Escalated", alert.Resolved: "Resolved",
	},
}

// answerPage is what the template shows.
type answerPage struct {
	Words  *answerWords
	Alert  *engine.AlertRecord
	Status string
	When   string // on the clocks of the office, as its messages say it
	Detail string // what is wrong; "": nothing
	Open   bool   // it can be acknowledged or escalated
}

// linked finds what the token in the path stands for. Who guesses is slowed down.
func (s *Server) linked(c *call) (*engine.LinkedAlert, error) {
	token, err := c.id("token")
	if err == nil {
		var l *engine.LinkedAlert
		if l, err = s.engine.FollowLink(token, c.address()); err == nil {
			return l, nil
		}
	}
	if fault.Of(err).Kind != fault.NotFound {
		return nil, err
	}
	if s.options.RateLimit {
		if limited := s.guesses.take(c.address()); limited != nil {
			return nil, limited
		}
	}
	return nil, err
}

// getAnswer shows an alert. It changes nothing, however often a mail scanner opens it (B-92).
func (s *Server) getAnswer(c *call) error {
	l, err := s.linked(c)
	if err != nil {
		return s.answerFailed(c, err)
	}
	return s.showAnswer(c, l.Tenant.AlertView(l.Record))
}

// postAnswer acts on an alert.
func (s *Server) postAnswer(c *call) error {
	l, err := s.linked(c)
	if err != nil {
		return s.answerFailed(c, err)
	}
	in, err := s.readAnswer(c)
	if err != nil {
		return s.answerFailed(c, err)
	}
	act := l.Acknowledge
	switch in.Action {
	case actionAcknowledge:
	case actionEscalate:
		act = l.Escalate
	default:
		return s.answerFailed(c, errInvalid.With(fault.Field{Location: "body.action", Message: "must be acknowledge or escalate"}))
	}
	r, err := act(in.Comment)
	if err != nil {
		return s.answerFailed(c, err)
	}
	return s.showAnswer(c, l.Tenant.AlertView(r))
}

// readAnswer reads a form of the page, or JSON.
func (s *Server) readAnswer(c *call) (in AnswerInput, err error) {
	media, _, _ := mime.ParseMediaType(string(c.Request().Header.ContentType()))
	if media != fiber.MIMEApplicationForm {
		return in, s.read(c, &in)
	}
	form, err := url.ParseQuery(string(c.Request().Body()))
	if err != nil {
		return in, fault.New(fault.Malformed, "malformed_query", "the form is not well encoded").Wrap(err)
	}
	in = AnswerInput{Action: form.Get("action"), Comment: form.Get("comment")}
	if !ingest.ValidName(strings.ReplaceAll(in.Comment, "\r\n", " "), wishRunesMax) {
		return in, errInvalid.With(fault.Field{Location: "body.comment", Message: "at most 500 characters, without control characters"})
	}
	return in, nil
}

// wantsJSON is whether a program asks.
func wantsJSON(c *call) bool {
	return c.Accepts(fiber.MIMETextHTML, fiber.MIMEApplicationJSON) == fiber.MIMEApplicationJSON
}

func wordsFor(c *call) *answerWords {
	if prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)) {
		return &answerEnglish
	}
	return &answerPolish
}

func (s *Server) showAnswer(c *call, view engine.AlertRecord) error {
	if wantsJSON(c) {
		return c.JSON(view)
	}
	words, status := wordsFor(c), alert.RecordStatus(view.Status)
	return s.writeAnswer(c, http.StatusOK, answerPage{
		Words: words, Alert: &view, Status: words.Statuses[status], Open: status != alert.Resolved,
		When: text.Language(words.Lang).Moment(view.TriggeredAt, deadline.Zone()),
	})
}

func (s *Server) answerFailed(c *call, err error) error {
	if wantsJSON(c) {
		return err
	}
	f := fault.Of(err)
	words := wordsFor(c)
	page := answerPage{Words: words}
	switch f.Kind {
	case fault.NotFound:
		page.Detail = words.Unknown
	case fault.Conflict:
		page.Detail = words.Resolved
	case fault.Internal:
		return err
	default:
		page.Detail = polish(f.Code, statuses[f.Kind])
		if words == &answerEnglish {
			page.Detail = f.Message
		}
	}
	return s.writeAnswer(c, statuses[f.Kind], page)
}

func (s *Server) writeAnswer(c *call, status int, page answerPage) error {
	var b bytes.Buffer
	if err := answerTemplate.Execute(&b, page); err != nil {
		return errors.Join(errors.New("write the page of an alert"), err)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentSecurityPolicy, answerCSP)
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	return c.Status(status).Send(b.Bytes())
}

func (s *Server) getAnswerStyle(c *call) error {
	c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
	return c.SendString(answerCSS)
}

// answerRoutes are those of links in messages.
func answerRoutes() []route {
	return []route{
		{method: "GET", path: answerPath, summary: "Show the alert of a link in a message; changes nothing", public: true, handle: (*Server).getAnswer,
			response: engine.AlertRecord{}},
		{method: "POST", path: answerPath, summary: "Acknowledge or escalate the alert of a link in a message", public: true, handle: (*Server).postAnswer,
			request: AnswerInput{}, response: engine.AlertRecord{}},
		{method: "GET", path: answerStyle, summary: "The style of the pages behind links in messages", public: true, handle: (*Server).getAnswerStyle,
			media: "text/css"},
	}
}
