package api

import (
	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify/text"
)

const (
	morningPath = "/api/monitoring/morning-report"
	presetsPath = "/api/monitoring/alert-presets"
)

// MorningReport is what the mail of the morning tells, as of now. Lists are the newest; a total is at least what it says where its list is cut.
type MorningReport struct {
	From          execution.Instant `json:"from"`
	To            execution.Instant `json:"to"`
	Failed        []MorningRun      `json:"failed"`
	FailedTotal   int               `json:"failedTotal"`
	Waiting       []MorningRun      `json:"waiting"`
	WaitingTotal  int               `json:"waitingTotal"`
	Due           []MorningDeadline `json:"due"`
	OpenAlerts    int               `json:"openAlerts"`
	BackupAt      execution.Instant `json:"backupAt"`
	BackupProblem string            `json:"backupProblem"`
}

// MorningRun is an execution that somebody has to look at.
type MorningRun struct {
	ExecutionID  string            `json:"executionId"`
	WorkflowName string            `json:"workflowName"`
	ClientRef    *string           `json:"clientRef"`
	Step         *string           `json:"step"`
	Error        *string           `json:"error"`
	At           execution.Instant `json:"at"`
}

// MorningDeadline is an obligation that is due soon and not met.
type MorningDeadline struct {
	Name             string `json:"name"`
	Period           string `json:"period"`
	Due              string `json:"due"` // YYYY-MM-DD
	BusinessDaysLeft int    `json:"businessDaysLeft"`
	Confirmed        bool   `json:"confirmed"`
}

func newMorningRuns(all []text.MorningRun) []MorningRun {
	out := make([]MorningRun, len(all))
	for i, r := range all {
		out[i] = MorningRun{ExecutionID: r.ExecutionID, WorkflowName: r.WorkflowName, ClientRef: optional(r.ClientRef), Step: optional(r.Step), Error: optional(r.Error), At: r.At}
	}
	return out
}

func (s *Server) getMorningReport(c *call) error {
	m, err := c.tenant.Morning(c.Context())
	if err != nil {
		return err
	}
	out := MorningReport{
		From: m.From, To: m.To, Failed: newMorningRuns(m.Failed), FailedTotal: m.FailedTotal, Waiting: newMorningRuns(m.Waiting), WaitingTotal: m.WaitingTotal,
		Due: make([]MorningDeadline, len(m.Due)), OpenAlerts: m.OpenAlerts, BackupAt: m.BackupAt, BackupProblem: m.BackupProblem,
	}
	for i, d := range m.Due {
		out.Due[i] = MorningDeadline{Name: d.Name, Period: d.Period, Due: d.Due, BusinessDaysLeft: d.BusinessDays, Confirmed: d.Confirmed}
	}
	return c.JSON(out)
}

// AlertPreset is a rule that an accounting office is offered: it is off until somebody POSTs it.
type AlertPreset struct {
	ID         string          `json:"id"`
	Workflow   string          `json:"workflow"`   // name of the workflow that it is for; "": all
	WorkflowID *string         `json:"workflowId"` // of the one of that name; null: there is none
	Available  bool            `json:"available"`  // it is for all workflows, or for one that is known
	Rule       AlertPresetRule `json:"rule"`
}

// AlertPresetRule is a rule as it can be POSTed.
type AlertPresetRule struct {
	WorkflowID      *string           `json:"workflowId"`
	Type            alert.Type        `json:"alertType"`
	Name            string            `json:"alertName"`
	Conditions      []alert.Condition `json:"conditions"`
	Channels        []alert.Channel   `json:"notificationChannels"`
	CooldownMinutes int               `json:"cooldownMinutes"`
	Severity        alert.Severity    `json:"severity"`
}

// AlertPresetPage lists presets; all fit on one page.
type AlertPresetPage struct {
	Items      []AlertPreset `json:"items"`
	NextCursor *string       `json:"nextCursor"`
}

func (s *Server) listAlertPresets(c *call) error {
	page := AlertPresetPage{Items: []AlertPreset{}}
	for _, p := range alert.Presets() {
		id := optional(c.tenant.WorkflowNamed(p.Workflow))
		page.Items = append(page.Items, AlertPreset{
			ID: p.ID, Workflow: p.Workflow, WorkflowID: id, Available: p.Workflow == "" || id != nil,
			Rule: AlertPresetRule{
				WorkflowID: id, Type: p.Rule.Type, Name: p.Rule.Name, Conditions: orEmpty(p.Rule.Conditions), Channels: p.Rule.Channels,
				CooldownMinutes: p.Rule.CooldownMinutes, Severity: p.Rule.Severity,
			},
		})
	}
	return c.JSON(page)
}

// morningRoutes are about what an office begins with: the day, and its first rules.
func morningRoutes() []route {
	return []route{
		{method: "GET", path: morningPath, summary: "What happened in the night, and what is due", rights: reading,
			handle: (*Server).getMorningReport, response: MorningReport{}},
		{method: "GET", path: presetsPath, summary: "Rules for an accounting office, off until they are POSTed", rights: reading,
			handle: (*Server).listAlertPresets, response: AlertPresetPage{}},
	}
}
