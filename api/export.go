package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
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
	format, locale := q.choice("format", "csv", "csv", "json"), q.choice("locale", "pl", "pl", "C")
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
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	return c.Send(e.csv(locale == "pl"))
}

// csv writes a line a day and one for the whole range. Polish spreadsheets want
// to be told the encoding, a semicolon, and a comma in decimals.
func (e *Export) csv(polish bool) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if polish {
		b.WriteString("\ufeff")
		w.Comma, w.UseCRLF = ';', true
	}
	_ = w.Write(exportColumns) // a buffer takes everything
	for i := range e.Points {
		_ = w.Write(exportLine(&e.Points[i], polish))
	}
	whole := e.Metrics.Point()
	_ = w.Write(exportLine(&whole, polish))
	w.Flush()
	return b.Bytes()
}

func exportLine(p *engine.TrendPoint, polish bool) []string {
	number := func(v *float64, decimals int) string {
		if v == nil {
			return ""
		}
		text := strconv.FormatFloat(*v, 'f', decimals, 64)
		if polish {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	whole := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{
		textCell(wireTime(p.Start)), textCell(wireTime(p.End)), whole(p.Total), whole(p.Completed), whole(p.Failed),
		number(p.SuccessRate, 2), number(p.AverageDuration, -1), number(p.P50, -1), number(p.P95, -1), number(p.P99, -1),
	}
}

// wireTime is a time as JSON has it.
func wireTime(at execution.Instant) string {
	text, err := at.MarshalJSON()
	if err != nil {
		return ""
	}
	return strings.Trim(string(text), `"`)
}

// textCell keeps a spreadsheet from taking text for a formula.
func textCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
