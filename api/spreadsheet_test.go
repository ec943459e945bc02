package api

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
)

func workbookOf(t *testing.T, body []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(body))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// AC7.2d: the export as a workbook says what the metrics say, in numbers and times that can be computed with.
func TestExportIsAWorkbook(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, `[{"type":"execution.started","executionId":"r-1","workflowId":"w","timestamp":"2026-07-24T08:00:00Z"},
		{"type":"execution.completed","executionId":"r-1","workflowId":"w","timestamp":"2026-07-24T08:00:01.5Z"},
		{"type":"execution.failed","executionId":"r-2","workflowId":"w","timestamp":"2026-07-24T08:00:00Z"},
		{"type":"execution.failed","executionId":"r-3","workflowId":"w","timestamp":"2026-07-24T08:00:00Z"}]`)
	got := a.send("GET", "/api/monitoring/workflows/w/export?start=2026-07-24T00:00:00Z&end=2026-07-25T12:00:00Z&format=xlsx", testSecret, nil)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(t, sheetMedia, got.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="w.xlsx"`, got.header.Get("Content-Disposition"))
	f := workbookOf(t, got.body)
	raw := func(cell string) string {
		value, err := f.GetCellValue("trend", cell, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		return value
	}
	shown := func(cell string) string {
		value, err := f.GetCellValue("trend", cell)
		require.NoError(t, err)
		return value
	}
	require.Equal(t, "start", shown("A1"))
	require.Equal(t, "2026-07-24 00:00:00", shown("A2"), "the office's clocks")
	require.Equal(t, "46227", raw("A2"), "a time that can be computed with")
	require.Equal(t, []string{"3", "1", "2"}, []string{raw("C2"), raw("D2"), raw("E2")})
	require.Equal(t, "33.33", shown("F2"))
	require.Equal(t, "1500", raw("G2"))
	rows, err := f.GetRows("trend")
	require.NoError(t, err)
	require.Equal(t, rows[1][2:6], rows[len(rows)-1][2:6], "the last row is the whole range")
	require.Equal(t, "2026-07-24 02:00:00", rows[len(rows)-1][0])
	for _, cell := range []string{"A2", "C2", "F2", "G2"} {
		kind, err := f.GetCellType("trend", cell)
		require.NoError(t, err)
		require.Contains(t, []excelize.CellType{excelize.CellTypeNumber, excelize.CellTypeUnset}, kind, cell)
	}
	requireProblem(t, a.send("GET", "/api/monitoring/workflows/w/export?format=xls", testSecret, nil), http.StatusUnprocessableEntity, "invalid_field")
}

// Texts stay texts, in both files, and what is not known is empty.
func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	zero := 0.0
	sheet := &spreadsheet{name: "s", columns: []string{"text", "day", "time", "number", "share", "bool", "none"}, rows: [][]any{
		{"=1+1", deadline.DayOf(time.Date(2026, 7, 24, 12, 0, 0, 0, time.UTC)), execution.NoInstant, int64(7), share{}, true, nil},
		{"+48 22\x00", deadline.Day(0), execution.Instant(0), (*float64)(nil), share{&zero}, false, nil},
		{"@x", deadline.Day(0), execution.Instant(0), &zero, share{&zero}, false, nil},
	}}
	body, err := sheet.xlsx()
	require.NoError(t, err)
	f := workbookOf(t, body)
	for cell, want := range map[string]string{
		"A2": "=1+1", "B2": "2026-07-24", "C2": "", "D2": "7", "E2": "", "F2": "tak", "C3": "1970-01-01 01:00:00", "D3": "", "E3": "0.00", "A4": "@x",
	} {
		value, err := f.GetCellValue("s", cell)
		require.NoError(t, err)
		require.Equal(t, want, value, cell)
		formula, err := f.GetCellFormula("s", cell)
		require.NoError(t, err)
		require.Empty(t, formula, cell)
	}
	require.Equal(t, "text,day,time,number,share,bool,none\n'=1+1,2026-07-24,,7,,tak,\n'+48 22\x00,1970-01-01,1970-01-01T00:00:00.000Z,,0.00,nie,\n'@x,1970-01-01,1970-01-01T00:00:00.000Z,0,0.00,nie,\n",
		string(sheet.csv(false)))
}
