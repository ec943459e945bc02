package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/fault"
)

// checker collects what is wrong.
type checker struct{ fields []fault.Field }

func (c *checker) require(ok bool, location, format string, args ...any) {
	if !ok {
		c.fields = append(c.fields, fault.Field{Location: "body." + location, Message: fmt.Sprintf(format, args...)})
	}
}

// Normalise trims the texts, completes what may be left out, and moves widgets that overlap apart (B-60). What is not acceptable is fault.Invalid with
// the fields.
func (d *Dashboard) Normalise() error {
	c := new(checker)
	d.Name = strings.TrimSpace(d.Name)
	c.require(printable(d.Name, nameRunesMin, nameRunesMax), "name", "%d to %d characters, no control characters", nameRunesMin, nameRunesMax)
	columns := d.Layout.Columns
	c.require(columns >= columnsMin && columns <= columnsMax, "layout.columns", "%d to %d", columnsMin, columnsMax)
	c.require(d.Layout.RowHeight >= rowHeightMin && d.Layout.RowHeight <= rowHeightMax, "layout.rowHeight", "%d to %d", rowHeightMin, rowHeightMax)
	c.require(len(d.Widgets) <= widgetsMax, "widgets", "at most %d", widgetsMax)
	if len(d.Widgets) <= widgetsMax {
		seen := map[string]bool{}
		d.Widgets = slices.Clone(d.Widgets)
		for i := range d.Widgets {
			w := &d.Widgets[i]
			w.check(c, fmt.Sprintf("widgets[%d]", i), columns)
			c.require(!seen[w.ID], fmt.Sprintf("widgets[%d].id", i), "is another widget's too")
			seen[w.ID] = true
		}
	}
	if len(c.fields) > 0 {
		return fault.New(fault.Invalid, "invalid_field", "the dashboard is not valid").With(c.fields...)
	}
	separate(d.Widgets)
	return nil
}

func (w *Widget) check(c *checker, at string, columns int) {
	c.require(validID(w.ID), at+".id", "1 to %d letters, digits and . _ : -", widgetIDBytesMax)
	c.require(slices.Contains(types, w.Type), at+".type", "unknown type")
	c.require(printable(w.Title, 0, titleRunesMax), at+".title", "at most %d characters, no control characters", titleRunesMax)
	c.require(len(w.Config) <= configBytesMax, at+".config", "at most %d bytes", configBytesMax)
	if config := bytes.TrimSpace(w.Config); string(config) == "null" {
		w.Config = nil
	} else {
		c.require(len(config) == 0 || config[0] == '{' && json.Valid(config), at+".config", "must be a JSON object")
	}
	p := w.Position
	c.require(p.X >= 0, at+".position.x", "not below 0")
	c.require(p.Y >= 0, at+".position.y", "not below 0")
	c.require(p.W >= 1, at+".position.w", "at least 1")
	c.require(p.H >= 1, at+".position.h", "at least 1")
	c.require(p.W <= columns && p.X <= columns-p.W, at+".position.w", "x + w is at most the %d columns", columns)
	c.require(p.H <= rowsMax && p.Y <= rowsMax-p.H, at+".position.h", "y + h is at most %d", rowsMax)
}

// validID is the alphabet of all ids.
func validID(id string) bool {
	return id != "" && len(id) <= widgetIDBytesMax && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("._:-", r)
	})
}

func printable(s string, runesMin, runesMax int) bool {
	n := utf8.RuneCountInString(s)
	return n >= runesMin && n <= runesMax && !strings.ContainsFunc(s, unicode.IsControl)
}

// separate moves widgets down until none covers another. Who is higher stays, then who is further left, then who comes first; what covers nothing is
// not moved.
func separate(widgets []Widget) {
	order := make([]*Widget, len(widgets))
	for i := range widgets {
		order[i] = &widgets[i]
	}
	slices.SortStableFunc(order, func(a, b *Widget) int {
		if a.Position.Y != b.Position.Y {
			return a.Position.Y - b.Position.Y
		}
		return a.Position.X - b.Position.X
	})
	for i, w := range order {
		for moved := true; moved; {
			moved = false
			for _, placed := range order[:i] {
				if w.Position.covers(placed.Position) {
					w.Position.Y, moved = placed.Position.Y+placed.Position.H, true
				}
			}
		}
	}
}

func (p Position) covers(o Position) bool {
	return p.X < o.X+o.W && o.X < p.X+p.W && p.Y < o.Y+o.H && o.Y < p.Y+p.H
}
