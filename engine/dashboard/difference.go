package dashboard

import (
	"bytes"
	"slices"
)

// Change is a value before and after.
type Change struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// WidgetChanges are the ids of widgets that were added, removed, moved or resized, or given another type, title or config.
type WidgetChanges struct {
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	Moved   []string `json:"moved,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// Differences are what differs between two states of a dashboard, by field, as the audit tells it (AUD6).
func Differences(old, next *Dashboard) map[string]any {
	changes := map[string]any{}
	if old.Name != next.Name {
		changes["name"] = Change{old.Name, next.Name}
	}
	if old.Layout != next.Layout {
		changes["layout"] = Change{old.Layout, next.Layout}
	}
	if w := widgetChanges(old.Widgets, next.Widgets); w != nil {
		changes["widgets"] = w
	}
	return changes
}

// widgetChanges is nil when nothing differs.
func widgetChanges(old, next []Widget) *WidgetChanges {
	var w WidgetChanges
	for i := range next {
		n := &next[i]
		at := slices.IndexFunc(old, func(o Widget) bool { return o.ID == n.ID })
		if at < 0 {
			w.Added = append(w.Added, n.ID)
			continue
		}
		o := &old[at]
		if o.Position != n.Position {
			w.Moved = append(w.Moved, n.ID)
		}
		if o.Type != n.Type || o.Title != n.Title || !bytes.Equal(o.Config, n.Config) {
			w.Changed = append(w.Changed, n.ID)
		}
	}
	for i := range old {
		if !slices.ContainsFunc(next, func(n Widget) bool { return n.ID == old[i].ID }) {
			w.Removed = append(w.Removed, old[i].ID)
		}
	}
	if len(w.Added)+len(w.Removed)+len(w.Moved)+len(w.Changed) == 0 {
		return nil
	}
	return &w
}
