package access

import (
	"slices"
	"strings"

	"flowwatch/engine/fault"
)

// Role is a bundle of rights within one organisation; several give the union.
type Role string

// The roles of the office, of programs (integration) and of the appliance.
const (
	Viewer         Role = "viewer"
	Accountant     Role = "accountant"
	WorkflowAdmin  Role = "workflow_admin"
	OrgAdmin       Role = "org_admin"
	Auditor        Role = "auditor"
	Integration    Role = "integration"
	ApplianceAdmin Role = "appliance_admin"
	Revealer       Role = "step_data_revealer" // lets a workflow_admin see step data in clear; nobody else
)

var roles = []Role{Viewer, Accountant, WorkflowAdmin, OrgAdmin, Auditor, Integration, ApplianceAdmin, Revealer}

// Roles lists all roles.
func Roles() []Role { return slices.Clone(roles) }

// Right is one thing that a principal may do.
type Right uint8

// The rights. What is not granted by the table is refused.
const (
	ReadMonitoring      Right = iota // executions, workflows, queue, live updates
	ReadStepData                     // input and output of steps, masked
	ReadStack                        // stack traces and whole error texts
	Ingest                           // send events, register workflows
	Prioritise                       // wish that an execution have a priority
	ManageTokens                     // API tokens of the own organisation
	ManageAnyTokens                  // API tokens of all organisations
	ManageUsers                      // people of the own organisation
	ManageAnyUsers                   // people of all organisations
	ManageOrganizations              // list and make organisations
	Backup                           // copy the whole database
	EditDeadlines                    // change and confirm deadline rules
	FileDeadlines                    // mark obligations as met
	ManageData                       // what is kept how long; erasure
	ReadAudit                        // who did what
	ExportEvidence                   // packs for inspections
	ReadLogs                         // the appliance's own log
	RevealStepData                   // input and output of steps in clear, with a reason
	ManageSettings                   // what the organisation sets
	ManageHosts                      // which hosts the appliance connects to
	AcknowledgeAlerts                // say that one takes care of an alert
	ResolveAlerts                    // close alerts, and pass them on
	ManageAlerts                     // rules, silences, tests, messages again
	OwnDashboards                    // make, change and share one's own
	ManageDashboards                 // others', and the office's default
	OwnViews                         // save and change one's own views of lists
	ShareViews                       // make and change views of the whole office
	rightCount
)

// grants is the one table of who may do what.
var grants = [rightCount][]Role{
	ReadMonitoring:      {Viewer, Accountant, WorkflowAdmin, OrgAdmin, Auditor},
	ReadStepData:        {Accountant, WorkflowAdmin},
	ReadStack:           {WorkflowAdmin},
	Ingest:              {Integration},
	Prioritise:          {Accountant, WorkflowAdmin},
	ManageTokens:        {OrgAdmin},
	ManageAnyTokens:     {ApplianceAdmin},
	ManageUsers:         {OrgAdmin},
	ManageAnyUsers:      {ApplianceAdmin},
	ManageOrganizations: {ApplianceAdmin},
	Backup:              {ApplianceAdmin},
	EditDeadlines:       {OrgAdmin},
	FileDeadlines:       {Accountant, OrgAdmin},
	ManageData:          {OrgAdmin},
	ReadAudit:           {OrgAdmin, Auditor},
	ExportEvidence:      {OrgAdmin, Auditor},
	ReadLogs:            {ApplianceAdmin},
	RevealStepData:      {Revealer},
	ManageSettings:      {OrgAdmin},
	ManageHosts:         {ApplianceAdmin},
	AcknowledgeAlerts:   {Accountant, WorkflowAdmin, OrgAdmin},
	ResolveAlerts:       {Accountant, WorkflowAdmin, OrgAdmin},
	ManageAlerts:        {WorkflowAdmin, OrgAdmin},
	OwnDashboards:       {Viewer, Accountant, WorkflowAdmin, OrgAdmin, Auditor},
	ManageDashboards:    {OrgAdmin},
	OwnViews:            {Viewer, Accountant, WorkflowAdmin, OrgAdmin, Auditor},
	ShareViews:          {WorkflowAdmin, OrgAdmin},
}

// beside is the role that a right needs beside one that grants it; "": none.
var beside = [rightCount]Role{RevealStepData: WorkflowAdmin}

// rightNames are the rights as programs know them.
var rightNames = [rightCount]string{
	ReadMonitoring: "monitoring.read", ReadStepData: "stepData.read", ReadStack: "stack.read", Ingest: "ingest",
	Prioritise: "prioritise", ManageTokens: "tokens.manage", ManageAnyTokens: "anyTokens.manage",
	ManageUsers: "users.manage", ManageAnyUsers: "anyUsers.manage", ManageOrganizations: "organizations.manage",
	Backup: "backup", EditDeadlines: "deadlines.edit", FileDeadlines: "deadlines.file",
	ManageData: "data.manage", ReadAudit: "audit.read", ExportEvidence: "evidence.export", ReadLogs: "logs.read",
	RevealStepData: "stepData.reveal", ManageSettings: "settings.manage", ManageHosts: "hosts.manage",
	AcknowledgeAlerts: "alerts.acknowledge", ResolveAlerts: "alerts.resolve", ManageAlerts: "alerts.manage",
	OwnDashboards: "dashboards.own", ManageDashboards: "dashboards.manage",
	OwnViews: "views.own", ShareViews: "views.share",
}

// String is the right's name, as in "users.manage".
func (r Right) String() string { return rightNames[r] }

// Roles lists the roles that grant the right.
func (r Right) Roles() []Role { return slices.Clone(grants[r]) }

// Beside is the role that the right needs beside one of Roles; "": none.
func (r Right) Beside() Role { return beside[r] }

// Rights lists what p may do.
func (p Principal) Rights() (all []Right) {
	for r := range rightCount {
		if p.Can(r) {
			all = append(all, r)
		}
	}
	return all
}

// ParseRoles reads names of roles, in any order and repeated or not. None, or
// an unknown one, is fault.Invalid.
func ParseRoles(names []string) ([]Role, error) {
	given := make([]Role, len(names))
	for i, name := range names {
		given[i] = Role(strings.TrimSpace(name))
	}
	return checkedRoles(given)
}

// checkedRoles sorts and copies.
func checkedRoles(given []Role) ([]Role, error) {
	invalid := fault.New(fault.Invalid, "invalid_field", "roles are not valid")
	if len(given) == 0 {
		return nil, invalid.With(fault.Field{Location: "body.roles", Message: "at least one role is required"})
	}
	for _, r := range given {
		if !slices.Contains(roles, r) {
			return nil, invalid.With(fault.Field{Location: "body.roles", Message: "unknown role"})
		}
	}
	out := slices.Clone(given)
	slices.Sort(out)
	return slices.Compact(out), nil
}
