package engine

import (
	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// alertRule is a rule as it is stored: the secrets of its channels are apart, sealed, by their paths.
type alertRule struct {
	alert.Rule
	Sealed map[string][]byte `json:"sealed,omitempty"`
}

// alertRules holds the rules of an organisation, deleted ones too: records tell of them.
var alertRules = kv.NewCollection("alert_rules", alertRuleSpec())

func alertRuleSpec() kv.Spec[alertRule] {
	encode, decode := kv.JSON[alertRule]()
	key := func(dst []byte, r *alertRule) []byte { return append(dst, r.ID...) }
	return kv.Spec[alertRule]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// alertStates holds what rules remember of their scopes.
var alertStates = kv.NewCollection("alert_states", alertStateSpec())

func alertStateSpec() kv.Spec[alert.State] {
	encode, decode := kv.JSON[alert.State]()
	key := func(dst []byte, s *alert.State) []byte { return append(kv.AppendString(dst, s.RuleID), s.Key...) }
	return kv.Spec[alert.State]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// Indexes of alertRecords. Ids rise with time, so each of them is in the order of time too.
const (
	byAlertStatus   = "status"
	byAlertSeverity = "severity"
	byAlertRule     = "rule"
	byAlertWorkflow = "workflow"
	byAlertRun      = "execution"
	byAlertSeq      = "seq"
)

// alertRecords holds what was raised.
var alertRecords = kv.NewCollection("alert_records", alertRecordSpec())

func alertRecordSpec() kv.Spec[alert.Record] {
	encode, decode := kv.JSON[alert.Record]()
	text := func(name string, of func(r *alert.Record) string) kv.Index[alert.Record] {
		return kv.Index[alert.Record]{Name: name, Keys: func(r *alert.Record, emit func([]byte)) {
			if s := of(r); s != "" {
				emit(kv.AppendString(nil, s))
			}
		}}
	}
	return kv.Spec[alert.Record]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *alert.Record) []byte { return append(dst, r.ID...) },
		Indexes: []kv.Index[alert.Record]{
			text(byAlertStatus, func(r *alert.Record) string { return string(r.Status) }),
			text(byAlertSeverity, func(r *alert.Record) string { return string(r.Severity) }),
			text(byAlertRule, func(r *alert.Record) string { return r.RuleID }),
			text(byAlertWorkflow, func(r *alert.Record) string { return r.WorkflowID }),
			text(byAlertRun, func(r *alert.Record) string { return r.ExecutionID }),
			{Name: byAlertSeq, Keys: func(r *alert.Record, emit func([]byte)) { emit(kv.AppendUint64(nil, r.Seq)) }},
		},
	}
}

// Outage is a known failure of somebody else, as it is stored.
type Outage struct {
	alert.Outage
	CreatedBy string            `json:"createdBy"`
	CreatedAt execution.Instant `json:"createdAt"`
	EndedBy   string            `json:"endedBy"` // "": nobody did; it may have ended at its time
}

var alertOutages = kv.NewCollection("alert_outages", alertOutageSpec())

func alertOutageSpec() kv.Spec[Outage] {
	encode, decode := kv.JSON[Outage]()
	key := func(dst []byte, x *Outage) []byte { return append(dst, x.ID...) }
	return kv.Spec[Outage]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// alertSilences holds the times in which somebody wants no messages.
var alertSilences = kv.NewCollection("alert_silences", alertSilenceSpec())

func alertSilenceSpec() kv.Spec[alert.Silence] {
	encode, decode := kv.JSON[alert.Silence]()
	key := func(dst []byte, s *alert.Silence) []byte { return append(dst, s.ID...) }
	return kv.Spec[alert.Silence]{Version: 1, Key: key, Encode: encode, Decode: decode}
}
