package api

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"flowwatch/engine"
)

const (
	atomMedia = "application/atom+xml; charset=utf-8"
	atomSpace = "http://www.w3.org/2005/Atom"
)

// atomFeed is a feed of RFC 4287.
type atomFeed struct {
	XMLName  xml.Name    `xml:"feed"`
	Space    string      `xml:"xmlns,attr"`
	Language string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Updated  string      `xml:"updated"`
	Author   atomAuthor  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Categories []atomCategory `xml:"category"`
	Links      []atomLink     `xml:"link"`
	Summary    string         `xml:"summary"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr,omitempty"`
}

// feedWords are what a feed says in one language.
type feedWords struct {
	language, alerts, workflow, execution, severity, status string
	words                                                   map[string]string
}

var polishFeed = feedWords{
	language: "pl", alerts: "Flowwatch – alerty", workflow: "Proces", execution: "Wykonanie", severity: "Ważność", status: "Stan",
	words: map[string]string{
		"info": "Informacja", "warning": "Ostrzeżenie", "error": "Błąd", "critical": "Krytyczny",
		"active": "aktywny", "acknowledged": "potwierdzony", "escalated": "eskalowany", "resolved": "rozwiązany",
	},
}

var englishFeed = feedWords{
	language: "en", alerts: "Flowwatch – alerts", workflow: "Workflow", execution: "Execution", severity: "Severity", status: "Status",
	words: map[string]string{
		"info": "Information", "warning": "Warning", "error": "Error", "critical": "Critical",
		"active": "active", "acknowledged": "acknowledged", "escalated": "escalated", "resolved": "resolved",
	},
}

// alertFeed writes alerts, newest first. Ids are the same for as long as the alerts and the key are there; base is where browsers reach the
// appliance.
func alertFeed(keyID, base string, alerts []engine.AlertRecord, english bool) ([]byte, error) {
	w := &polishFeed
	if english {
		w = &englishFeed
	}
	f := atomFeed{
		Space: atomSpace, Language: w.language, ID: "urn:uuid:" + keyID, Title: w.alerts, Author: atomAuthor{"Flowwatch"},
		Links: []atomLink{{"alternate", base + "/alerts"}},
	}
	updated := time.Unix(0, 0).UTC()
	for i := range alerts {
		e, at := w.entry(base, &alerts[i])
		if at.After(updated) {
			updated = at
		}
		f.Entries = append(f.Entries, e)
	}
	f.Updated = updated.Format(time.RFC3339)
	body, err := xml.MarshalIndent(&f, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the feed: %w", err)
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

// entry is one alert, and when it last changed.
func (w *feedWords) entry(base string, r *engine.AlertRecord) (atomEntry, time.Time) {
	updated := max(r.TriggeredAt, r.LastSeenAt, r.AcknowledgedAt, r.EscalatedAt, r.ResolvedAt).Time() // what is not known comes before all times
	severity := string(r.Severity)
	lines := []string{w.severity + ": " + w.words[severity], w.status + ": " + w.words[r.Status]}
	for _, more := range []struct {
		name  string
		value *string
	}{{w.workflow, r.WorkflowName}, {w.execution, r.ExecutionID}} {
		if more.value != nil {
			lines = append(lines, more.name+": "+*more.value)
		}
	}
	return atomEntry{
		ID: "urn:uuid:" + r.ID, Title: r.Message, Published: r.TriggeredAt.Time().Format(time.RFC3339), Updated: updated.Format(time.RFC3339),
		Categories: []atomCategory{{Term: severity, Label: w.words[severity]}, {Term: r.Status, Label: w.words[r.Status]}},
		Links:      []atomLink{{"alternate", base + "/alerts/" + r.ID}}, Summary: strings.Join(lines, "\n"),
	}, updated
}
