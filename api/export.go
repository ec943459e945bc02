package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/audit"
)

// Export is a workflow's numbers as a file: of the whole range, and by day.
type Export struct {
	Metrics engine.WorkflowMetrics `json:"metrics"`
	Points  []engine.TrendPoint    `json:"points"`
}

var exportColumns = []string{
	"start", "end", "total", "completed", "failed", "successRate", "averageDuration", "p50", "p95", "p99",
}

// getExport writes what the metrics and the daily trend say as a file for a
// spreadsheet or a program (AC7.2d).
func (s *Server) getExport(c *call) error {
	id, err := c.id("workflowId")
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	r := q.timeRange(s.engine.Now(), rangeDefault)
	format, locale := q.choice("format", "csv", "csv", "json", "xlsx"), q.choice("locale", "pl", "pl", "C")
	if err := c.tenant.HasWorkflow(id); err != nil {
		return err
	}
	if err := q.err(); err != nil {
		return err
	}
	var e Export
	if e.Points, err = c.tenant.Trend(c.Context(), id, r, engine.IntervalDay); err != nil {
		return err
	}
	if e.Metrics, err = c.tenant.WorkflowMetrics(c.Context(), engine.MetricsQuery{WorkflowID: id, Range: r}); err != nil {
		return err
	}
	err = c.tenant.Note(engine.EventMetricsExported, c.by(), audit.Object{Type: engine.ObjectWorkflow, ID: id},
		map[string]any{"format": format, "start": r.From, "end": r.To})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.%s"`, strings.ReplaceAll(id, ":", "_"), format))
	if format == "json" {
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		return c.sendJSON(body)
	}
	sheet := e.sheet()
	if format == "xlsx" {
		body, err := sheet.xlsx()
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, sheetMedia)
		return c.Send(body)
	}
	c.Set(fiber.HeaderContentType, csvMedia)
	return c.Send(sheet.csv(locale == "pl"))
}

// sheet has a line a day and one for the whole range.
func (e *Export) sheet() *spreadsheet {
	t := &spreadsheet{name: "trend", columns: exportColumns, wire: true}
	for i := range e.Points {
		t.rows = append(t.rows, exportRow(&e.Points[i]))
	}
	whole := e.Metrics.Point()
	t.rows = append(t.rows, exportRow(&whole))
	return t
}

func exportRow(p *engine.TrendPoint) []any {
	return []any{
		p.Start, p.End, p.Total, p.Completed, p.Failed, share{p.SuccessRate}, p.AverageDuration, p.P50, p.P95, p.P99,
	}
}
