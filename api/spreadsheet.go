package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
)

const (
	sheetMedia       = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	csvMedia         = "text/csv; charset=utf-8"
	localTimeLayout  = "2006-01-02 15:04:05"
	sheetTimeFormat  = "yyyy-mm-dd hh:mm:ss"
	sheetDayFormat   = "yyyy-mm-dd"
	sheetColumnWidth = 20
)

// spreadsheet is a table for people's spreadsheets. A cell is a string, bool, int64, float64, *float64, share, execution.Instant, deadline.Day
// or nil; what is not known is empty.
type spreadsheet struct {
	name    string // of the sheet
	columns []string
	rows    [][]any
	// english says true and false in English, and wire writes times in CSV as JSON has them; else they are on the clocks of the office.
	english, wire bool
}

// share is a percentage, shown with two decimals.
type share struct{ percent *float64 }

// csv writes a line of names, then a line a row. Polish spreadsheets want to be told the encoding, a semicolon, and a comma in decimals.
func (t *spreadsheet) csv(polish bool) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if polish {
		b.WriteString("\ufeff")
		w.Comma, w.UseCRLF = ';', true
	}
	_ = w.Write(t.columns) // a buffer takes everything
	line := make([]string, 0, len(t.columns))
	for _, row := range t.rows {
		line = line[:0]
		for _, value := range row {
			line = append(line, t.written(value, polish))
		}
		_ = w.Write(line)
	}
	w.Flush()
	return b.Bytes()
}

func (t *spreadsheet) written(value any, polish bool) string {
	number := func(v float64, decimals int) string {
		text := strconv.FormatFloat(v, 'f', decimals, 64)
		if polish {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	switch v := value.(type) {
	case string:
		return textCell(v)
	case bool:
		return t.yes(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return number(v, -1)
	case *float64:
		if v != nil {
			return number(*v, -1)
		}
	case share:
		if v.percent != nil {
			return number(*v.percent, 2)
		}
	case execution.Instant:
		switch {
		case t.wire || !polish:
			return textCell(strings.TrimPrefix(wireTime(v), "null"))
		case v.Present():
			return v.Time().In(deadline.Zone()).Format(localTimeLayout)
		}
	case deadline.Day:
		return v.String()
	case nil:
	default:
		panic(fmt.Sprintf("BUG: api: a cell of %T", value))
	}
	return ""
}

func (t *spreadsheet) yes(v bool) string {
	words := map[bool]string{true: "tak", false: "nie"}
	if t.english {
		words = map[bool]string{true: "yes", false: "no"}
	}
	return words[v]
}

// xlsx writes the same as a workbook: numbers and times are numbers and times, texts are texts whatever they begin with. What is large waits
// in a temporary file, not in memory.
func (t *spreadsheet) xlsx() (workbook []byte, err error) {
	f := excelize.NewFile()
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("close workbook: %w", closed)
		}
	}()
	s := sheetWriter{sheet: t}
	if err := s.open(f); err != nil {
		return nil, fmt.Errorf("make workbook: %w", err)
	}
	for i, row := range t.rows {
		cells := make([]any, len(row))
		for k, value := range row {
			cells[k] = s.cell(value)
		}
		if err := s.row(i+2, cells); err != nil {
			return nil, fmt.Errorf("write workbook: %w", err)
		}
	}
	if err := s.stream.Flush(); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return b.Bytes(), nil
}

// sheetWriter writes a workbook of one sheet from top to bottom.
type sheetWriter struct {
	sheet  *spreadsheet
	stream *excelize.StreamWriter

	head, time, day, share int // styles
}

func (s *sheetWriter) open(f *excelize.File) error {
	err := f.SetSheetName(f.GetSheetName(0), s.sheet.name)
	if err == nil {
		err = f.SetDocProps(&excelize.DocProperties{Creator: "Flowwatch", Title: s.sheet.name})
	}
	timeFormat, dayFormat := sheetTimeFormat, sheetDayFormat
	const twoDecimals = 2 // the built-in format 0.00
	for _, style := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}}}, {&s.time, excelize.Style{CustomNumFmt: &timeFormat}},
		{&s.day, excelize.Style{CustomNumFmt: &dayFormat}}, {&s.share, excelize.Style{NumFmt: twoDecimals}},
	} {
		if err == nil {
			*style.id, err = f.NewStyle(&style.style)
		}
	}
	if err == nil {
		s.stream, err = f.NewStreamWriter(s.sheet.name)
	}
	if err == nil {
		err = s.stream.SetColWidth(1, len(s.sheet.columns), sheetColumnWidth)
	}
	if err == nil {
		err = s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	if err != nil {
		return err
	}
	names := make([]any, len(s.sheet.columns))
	for i, name := range s.sheet.columns {
		names[i] = excelize.Cell{StyleID: s.head, Value: name}
	}
	return s.row(1, names)
}

func (s *sheetWriter) row(n int, cells []any) error {
	return s.stream.SetRow("A"+strconv.Itoa(n), cells)
}

// cell is a value as the library takes it.
func (s *sheetWriter) cell(value any) any {
	switch v := value.(type) {
	case *float64:
		if v == nil {
			return nil
		}
		return *v
	case share:
		if v.percent == nil {
			return nil
		}
		return excelize.Cell{StyleID: s.share, Value: *v.percent}
	case bool:
		return s.sheet.yes(v)
	case execution.Instant:
		if !v.Present() {
			return nil
		}
		return excelize.Cell{StyleID: s.time, Value: onClocks(v.Time())}
	case deadline.Day:
		return excelize.Cell{StyleID: s.day, Value: onClocks(v.Start())}
	}
	return value
}

// onClocks is what the office's clocks show, for programs that know no zones.
func onClocks(at time.Time) time.Time {
	at = at.In(deadline.Zone())
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
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
