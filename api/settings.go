package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/setting"
)

// Settings are what holds for the organisation, with its defaults; secrets are hidden. Warnings are sentences about values that are allowed and
// may disappoint.
type Settings struct {
	Thresholds setting.Thresholds   `json:"thresholds"`
	Retention  setting.Retention    `json:"retention"`
	Capture    Capture              `json:"capture"`
	Masking    setting.Masking      `json:"masking"`
	SMTP       *setting.SMTP        `json:"smtp"`
	SMS        *setting.SMS         `json:"sms"`
	Escalation []setting.Escalation `json:"escalation"`

	MuteWindows   []alert.MuteWindow    `json:"muteWindows"`
	MorningReport setting.MorningReport `json:"morningReport"`

	Scrapes        []setting.Scrape  `json:"scrapes"`
	PublicURL      string            `json:"publicUrl"`
	Version        int64             `json:"version"` // 0: nothing was ever set
	UpdatedAt      execution.Instant `json:"updatedAt"`
	UpdatedBy      *engine.Actor     `json:"updatedBy"`
	Warnings       []SettingWarning  `json:"warnings"`
	SecretsMissing []string          `json:"sealedMissing"` // secrets that are stored and cannot be opened with the key file
}

// Capture is what is kept of step data; workflows may differ.
type Capture struct {
	CaptureRule
	Workflows map[string]CaptureRule `json:"workflows"`
}

// CaptureRule is what is kept of step data. Full has a reason, and ends.
type CaptureRule struct {
	StepData setting.Mode      `json:"stepData"`
	Until    execution.Instant `json:"until"`
	Reason   string            `json:"reason"`
}

// SettingWarning is about one setting.
type SettingWarning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func newCaptureRule(r setting.Rule) CaptureRule {
	out := CaptureRule{StepData: r.StepData, Until: execution.NoInstant, Reason: r.Reason}
	if r.Until != nil {
		out.Until = execution.At(*r.Until)
	}
	return out
}

func newSettings(s *engine.SettingState) Settings {
	shown := s.Shown()
	out := Settings{
		Thresholds: shown.Thresholds, Retention: shown.Retention, Masking: shown.Masking, SMTP: shown.SMTP, SMS: shown.SMS,
		Escalation: shown.Escalation, MuteWindows: shown.MuteWindows, MorningReport: shown.MorningReport, Scrapes: shown.Scrapes, PublicURL: shown.PublicURL, Version: s.Version, UpdatedAt: s.UpdatedAt,
		Capture:  Capture{CaptureRule: newCaptureRule(shown.Capture.Rule), Workflows: make(map[string]CaptureRule, len(shown.Capture.Workflows))},
		Warnings: []SettingWarning{}, SecretsMissing: orEmpty(s.SecretsMissing),
	}
	for id, r := range shown.Capture.Workflows {
		out.Capture.Workflows[id] = newCaptureRule(r)
	}
	if s.Version > 0 {
		out.UpdatedBy = &s.UpdatedBy
	}
	if text := s.LoopbackWarning(); text != "" {
		out.Warnings = append(out.Warnings, SettingWarning{Code: "public_url", Message: text})
	}
	for _, path := range s.SecretsMissing {
		out.Warnings = append(out.Warnings, SettingWarning{Code: "secret_missing", Message: path + " cannot be opened with the key file; enter it again"})
	}
	return out
}

func settingsTag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

func (s *Server) getSettings(c *call) error {
	state := c.tenant.Settings()
	c.Set(fiber.HeaderETag, settingsTag(state.Version))
	return c.JSON(newSettings(state))
}

// patchSettings merges by key (RFC 7396); version in the body, like If-Match, says which state the change is meant for.
func (s *Server) patchSettings(c *call) error {
	var patch json.RawMessage
	if err := s.read(c, &patch); err != nil {
		return err
	}
	var meant struct {
		Version *int64 `json:"version"`
	}
	if err := json.Unmarshal(patch, &meant); err != nil {
		return errInvalid.With(fault.Field{Location: "body", Message: "must be a JSON object, and its version a whole number"})
	}
	matches := c.ifMatch()
	state, err := c.tenant.ChangeSettings(c.by(), patch, c.principal.Can(access.ManageHosts), func(version int64) bool {
		return (meant.Version == nil || *meant.Version == version) && matches(true, func() string { return settingsTag(version) })
	})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, settingsTag(state.Version))
	return c.JSON(newSettings(state))
}

// settingRoutes are about what an organisation sets.
func settingRoutes() []route {
	const path = "/api/admin/settings"
	return []route{
		{method: http.MethodGet, path: path, summary: "What holds for the organisation; ETag", rights: adjusting, handle: (*Server).getSettings, response: Settings{}},
		{method: http.MethodPatch, path: path, summary: "Change settings by JSON merge patch; heeds If-Match", rights: adjusting,
			handle: (*Server).patchSettings, request: Settings{}, response: Settings{}},
	}
}
