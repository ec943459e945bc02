package deadline

import (
	"strings"
)

// Matcher finds the rules that a workflow serves. It is immutable.
type Matcher struct {
	tags     map[string][]int
	patterns []pattern
}

type pattern struct {
	parts []string // between the stars, folded
	rule  int
}

// NewMatcher reads the match of rules. What it finds are their positions.
func NewMatcher(rules []*Rule) *Matcher {
	m := &Matcher{tags: map[string][]int{}}
	for i, r := range rules {
		for _, tag := range r.Match.Tags {
			key := fold(tag)
			m.tags[key] = append(m.tags[key], i)
		}
		for _, name := range r.Match.WorkflowNames {
			m.patterns = append(m.patterns, pattern{strings.Split(fold(name), "*"), i})
		}
	}
	return m
}

// Named adds the rules that match a workflow's id or name to found.
func (m *Matcher) Named(found map[int]bool, names ...string) {
	for _, name := range names {
		name = fold(name)
		for i := range m.patterns {
			if p := &m.patterns[i]; !found[p.rule] && p.matches(name) {
				found[p.rule] = true
			}
		}
	}
}

// Tagged adds the rules that match one of the tags to found.
func (m *Matcher) Tagged(found map[int]bool, tags []string) {
	for _, tag := range tags {
		for _, i := range m.tags[fold(tag)] {
			found[i] = true
		}
	}
}

// fold makes names alike that people take for one: case does not count, and
// hyphen, underscore and space are the same.
func fold(s string) string {
	return strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(strings.TrimSpace(s)))
}

func (p *pattern) matches(name string) bool {
	rest, ok := strings.CutPrefix(name, p.parts[0])
	if !ok || name == "" {
		return false
	}
	if len(p.parts) == 1 {
		return rest == ""
	}
	last := len(p.parts) - 1
	for _, part := range p.parts[1:last] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, p.parts[last])
}
