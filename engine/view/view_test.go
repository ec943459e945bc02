package view

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

func TestLimitsHoldAtBothSides(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		location string // "": accepted
		view     View
	}{
		"no name":             {"name", View{Page: Executions, Name: "  "}},
		"name of 1":           {"", View{Page: Alerts, Name: " ż "}},
		"name of 80":          {"", View{Page: Deadlines, Name: strings.Repeat("ż", 80)}},
		"name of 81":          {"name", View{Page: Queue, Name: strings.Repeat("ż", 81)}},
		"name of two lines":   {"name", View{Page: Workflows, Name: "a\nb"}},
		"unknown page":        {"page", View{Page: "settings", Name: "a"}},
		"no page":             {"page", View{Name: "a"}},
		"no query":            {"", View{Page: Executions, Name: "a"}},
		"query of 2000 bytes": {"", View{Page: Executions, Name: "a", Query: "q=" + strings.Repeat("x", 1998)}},
		"query of 2001 bytes": {"query", View{Page: Executions, Name: "a", Query: "q=" + strings.Repeat("x", 1999)}},
		"question mark":       {"query", View{Page: Executions, Name: "a", Query: "?q=x"}},
		"control character":   {"query", View{Page: Executions, Name: "a", Query: "q=\x00"}},
		"broken encoding":     {"query", View{Page: Executions, Name: "a", Query: "q=%zz"}},
	} {
		err := c.view.Normalise()
		if c.location == "" {
			require.NoError(t, err, name)
			continue
		}
		require.Error(t, err, name)
		f := fault.Of(err)
		require.Equal(t, fault.Invalid, f.Kind, name)
		require.Equal(t, "body."+c.location, f.Fields[0].Location, name)
	}
}

// A view names a client in its name and in each value of its query, encoded or not, but not when another client's name is only longer.
func TestWhomAViewMentions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		who, name, query string
		want             bool
	}{
		{"K-0147", "Zaległe", "client=K-0147&status=failed", true},
		{"K-0147", "Zaległe", "status=failed&q=k%2D0147%20vat", true},
		{"K-0147", "Klient K-0147", "", true},
		{"K-0147", "Zaległe", "client=K-01470", false},
		{"K-0147", "Zaległe", "client=AK-0147", false},
		{"K-0147", "Zaległe", "client=K-01470&q=K-0147", true},
		{"K-1", "Kwartał", "client=K-10&client=K-11", false},
		{"Żółw sp. z o.o.", "x", "client=" + url.QueryEscape("Żółw sp. z o.o."), true},
		{"Kowalski", "Dla Kowalskiego", "", true},
		{"5252248481", "x", "q=15252248481", false},
		{"111", "x", "q=1111-111", true},
		{"", "x", "q=x", false},
	} {
		v := View{Name: c.name, Query: c.query}
		require.Equal(t, c.want, v.Mentions(c.who), "%s in %q %q", c.who, c.name, c.query)
	}
}

// Whatever a query holds, what it says of a client is found.
func FuzzMentions(f *testing.F) {
	f.Add("K-0147", "a=b")
	f.Add("ż", "%zz&x")
	f.Fuzz(func(t *testing.T, who, query string) {
		v := View{Query: query}
		v.Mentions(who)
		if v.Query = "client=" + url.QueryEscape(who); len(who) > 0 && !v.Mentions(who) {
			t.Fatalf("%q is not found", who)
		}
	})
}
