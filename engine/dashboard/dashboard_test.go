package dashboard

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

func valid() Dashboard {
	return Dashboard{Name: "Pulpit", Layout: DefaultLayout(), Widgets: []Widget{{ID: "a", Type: QueueStatus, Position: Position{W: 3, H: 2}}}}
}

func many(n int) (all []Widget) {
	for i := range n {
		all = append(all, Widget{ID: strings.Repeat("w", i+1), Type: AlertList, Position: Position{Y: i, W: 1, H: 1}})
	}
	return all
}

// Z6, Z7, B-60, B-61: each limit at both sides.
func TestLimitsHoldAtBothSides(t *testing.T) {
	t.Parallel()
	config := func(bytes int) json.RawMessage {
		return json.RawMessage(`{"a":"` + strings.Repeat("x", bytes-8) + `"}`)
	}
	widget := func(fn func(w *Widget)) func(*Dashboard) { return func(d *Dashboard) { fn(&d.Widgets[0]) } }
	place := func(x, y, w, h int) func(*Dashboard) {
		return widget(func(v *Widget) { v.Position = Position{x, y, w, h} })
	}
	for name, c := range map[string]struct {
		location string // "": accepted
		change   func(d *Dashboard)
	}{
		"name of 2":             {"name", func(d *Dashboard) { d.Name = " ab " }},
		"name of 3":             {"", func(d *Dashboard) { d.Name = " żół " }},
		"name of 255":           {"", func(d *Dashboard) { d.Name = strings.Repeat("ż", 255) }},
		"name of 256":           {"name", func(d *Dashboard) { d.Name = strings.Repeat("ż", 256) }},
		"control character":     {"name", func(d *Dashboard) { d.Name = "a\x00bc" }},
		"0 columns":             {"layout.columns", func(d *Dashboard) { d.Layout.Columns, d.Widgets = 0, nil }},
		"1 column":              {"", func(d *Dashboard) { d.Layout.Columns, d.Widgets = 1, nil }},
		"12 columns":            {"", func(d *Dashboard) { d.Layout.Columns = 12 }},
		"13 columns":            {"layout.columns", func(d *Dashboard) { d.Layout.Columns = 13 }},
		"rows of 49":            {"layout.rowHeight", func(d *Dashboard) { d.Layout.RowHeight = 49 }},
		"rows of 50":            {"", func(d *Dashboard) { d.Layout.RowHeight = 50 }},
		"rows of 200":           {"", func(d *Dashboard) { d.Layout.RowHeight = 200 }},
		"rows of 201":           {"layout.rowHeight", func(d *Dashboard) { d.Layout.RowHeight = 201 }},
		"no widgets":            {"", func(d *Dashboard) { d.Widgets = nil }},
		"50 widgets":            {"", func(d *Dashboard) { d.Widgets = many(50) }},
		"51 widgets":            {"widgets", func(d *Dashboard) { d.Widgets = many(51) }},
		"the same id twice":     {"widgets[1].id", func(d *Dashboard) { d.Widgets = append(d.Widgets, d.Widgets[0]) }},
		"no id":                 {"widgets[0].id", widget(func(w *Widget) { w.ID = "" })},
		"id of 128":             {"", widget(func(w *Widget) { w.ID = strings.Repeat("a", 128) })},
		"id of 129":             {"widgets[0].id", widget(func(w *Widget) { w.ID = strings.Repeat("a", 129) })},
		"id of other letters":   {"widgets[0].id", widget(func(w *Widget) { w.ID = "a b" })},
		"unknown type":          {"widgets[0].type", widget(func(w *Widget) { w.Type = "clock" })},
		"no type":               {"widgets[0].type", widget(func(w *Widget) { w.Type = "" })},
		"title of 255":          {"", widget(func(w *Widget) { w.Title = strings.Repeat("ż", 255) })},
		"title of 256":          {"widgets[0].title", widget(func(w *Widget) { w.Title = strings.Repeat("ż", 256) })},
		"title with HTML":       {"", widget(func(w *Widget) { w.Title = "<b>x</b>" })},
		"config of 16 KiB":      {"", widget(func(w *Widget) { w.Config = config(16 << 10) })},
		"config of more":        {"widgets[0].config", widget(func(w *Widget) { w.Config = config(16<<10 + 1) })},
		"config that is a list": {"widgets[0].config", widget(func(w *Widget) { w.Config = json.RawMessage(`[]`) })},
		"config null":           {"", widget(func(w *Widget) { w.Config = json.RawMessage(`null`) })},
		"x −1":                  {"widgets[0].position.x", place(-1, 0, 1, 1)},
		"y −1":                  {"widgets[0].position.y", place(0, -1, 1, 1)},
		"w 0":                   {"widgets[0].position.w", place(0, 0, 0, 1)},
		"h 0":                   {"widgets[0].position.h", place(0, 0, 1, 0)},
		"the whole width":       {"", place(0, 0, 12, 1)},
		"to the right edge":     {"", place(9, 0, 3, 1)},
		"over the right edge":   {"widgets[0].position.w", place(10, 0, 3, 1)},
		"numbers that overflow": {"widgets[0].position.w", place(1<<62, 0, 1<<62, 1)},
		"the lowest row":        {"", place(0, 9999, 1, 1)},
		"below it":              {"widgets[0].position.h", place(0, 10_000, 1, 1)},
	} {
		d := valid()
		c.change(&d)
		err := d.Normalise()
		if c.location == "" {
			require.NoError(t, err, name)
			continue
		}
		var f *fault.Error
		require.ErrorAs(t, err, &f, name)
		require.Equal(t, fault.Invalid, f.Kind, name)
		require.True(t, slices.ContainsFunc(f.Fields, func(at fault.Field) bool { return at.Location == "body."+c.location }), "%s: %v", name, f.Fields)
		require.Len(t, f.Fields, 1, "%s: %v", name, f.Fields)
	}
	for _, kind := range Types() { // Z6.2
		d := valid()
		d.Widgets[0].Type = kind
		require.NoError(t, d.Normalise(), kind)
	}
	require.Len(t, Types(), 13)
}

// AC8.2b, B-60: widgets that overlap are moved apart; those that don't stay where they are, gaps included.
func TestWidgetsDoNotOverlap(t *testing.T) {
	t.Parallel()
	f := func(want []Position, at ...Position) {
		t.Helper()
		d := valid()
		d.Widgets = nil
		for i, p := range at {
			d.Widgets = append(d.Widgets, Widget{ID: string(rune('a' + i)), Type: Timeline, Position: p})
		}
		require.NoError(t, d.Normalise())
		var got []Position
		for _, w := range d.Widgets {
			got = append(got, w.Position)
		}
		require.Equal(t, want, got)
	}
	f([]Position{{0, 4, 6, 2}, {6, 9, 6, 2}}, Position{0, 4, 6, 2}, Position{6, 9, 6, 2})
	f([]Position{{0, 0, 6, 2}, {0, 2, 6, 2}}, Position{0, 0, 6, 2}, Position{0, 0, 6, 2})
	f([]Position{{0, 2, 6, 2}, {3, 0, 6, 2}}, Position{0, 1, 6, 2}, Position{3, 0, 6, 2})
	f([]Position{{0, 0, 2, 2}, {0, 2, 2, 2}, {0, 4, 2, 2}}, Position{0, 0, 2, 2}, Position{0, 1, 2, 2}, Position{0, 3, 2, 2})
	d := valid()
	d.Widgets = many(50)
	for i := range d.Widgets {
		d.Widgets[i].Position = Position{0, i % 3, 12, 200}
	}
	require.NoError(t, d.Normalise())
	for i := range d.Widgets {
		for k := range i {
			require.False(t, d.Widgets[i].Position.covers(d.Widgets[k].Position))
		}
	}
}

// PL2, B-72, api.md 10: the first dashboard is valid as it is, and has what an office needs.
func TestTheFirstDashboard(t *testing.T) {
	t.Parallel()
	d := Office()
	before := slices.Clone(d.Widgets)
	require.NoError(t, d.Normalise())
	require.Equal(t, before, d.Widgets, "nothing overlaps")
	for _, kind := range []Type{ActiveExecutions, FailedExecutions, SystemHealth, AlertList, WorkflowHealth, QueueStatus, TaxDeadlines} {
		require.True(t, slices.ContainsFunc(d.Widgets, func(w Widget) bool { return w.Type == kind }), kind)
	}
}

// AUD6: what changed, old and new.
func TestDifferences(t *testing.T) {
	t.Parallel()
	old := valid()
	require.Empty(t, Differences(&old, &old))
	next := valid()
	next.Name, next.Layout.Columns = "Inny", 6
	next.Widgets = append(many(1), Widget{ID: "a", Type: QueueStatus, Title: "x", Position: Position{1, 0, 3, 2}})
	require.Equal(t, map[string]any{
		"name": Change{"Pulpit", "Inny"}, "layout": Change{old.Layout, next.Layout},
		"widgets": &WidgetChanges{Added: []string{"w"}, Moved: []string{"a"}, Changed: []string{"a"}},
	}, Differences(&old, &next))
	require.Equal(t, map[string]any{"widgets": &WidgetChanges{Removed: []string{"a"}}}, Differences(&old, &Dashboard{Name: old.Name, Layout: old.Layout}))
}
