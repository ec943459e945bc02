package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// The matrix of 2.7, and who the appliance administrator is (api.md 9b): v viewer, a accountant, w workflow_admin, o org_admin,
// u auditor, i integration, p appliance_admin, r step_data_revealer. A right that is missing here is a right that nobody thought about.
var matrix = map[string]string{
	"monitoring.read": "vawou", "stepData.read": "aw", "stack.read": "w", "ingest": "i", "prioritise": "aw",
	"deadlines.edit": "o", "deadlines.file": "ao", "data.manage": "o", "audit.read": "ou", "evidence.export": "ou",
	"settings.manage": "o", "stepData.reveal": "", "hosts.manage": "p",
	"tokens.manage": "o", "users.manage": "o", "anyTokens.manage": "p", "anyUsers.manage": "p", "organizations.manage": "p", "backup": "p",
	"logs.read":          "p",
	"alerts.acknowledge": "awo", "alerts.resolve": "awo", "alerts.manage": "wo",
	"dashboards.own": "vawou", "dashboards.manage": "o", "views.own": "vawou", "views.share": "wo",
}

// pairs are rights that take two roles: one of the first letters and one of the second. "✓ if granted" in 2.7.
var pairs = map[string][2]string{"stepData.reveal": {"r", "w"}}

var letters = map[rune]access.Role{
	'v': access.Viewer, 'a': access.Accountant, 'w': access.WorkflowAdmin, 'o': access.OrgAdmin,
	'u': access.Auditor, 'i': access.Integration, 'p': access.ApplianceAdmin, 'r': access.Revealer,
}

func TestRightsAreThoseOfTheMatrix(t *testing.T) {
	t.Parallel()
	granted := map[string][]access.Role{}
	for _, role := range access.Roles() {
		for _, right := range (access.Principal{Roles: []access.Role{role}}).Rights() {
			granted[right.String()] = append(granted[right.String()], role)
		}
	}
	want := map[string][]access.Role{}
	for right, roles := range matrix {
		if roles == "" {
			require.Contains(t, pairs, right, "granted to nobody")
			continue
		}
		for _, letter := range roles {
			want[right] = append(want[right], letters[letter])
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(granted)))
	for right := range want {
		require.ElementsMatch(t, want[right], granted[right], right)
	}
}

// Two roles together have the rights of both and those of their pair, and no other.
func TestTwoRolesHaveTheRightsOfBothAndOfTheirPair(t *testing.T) {
	t.Parallel()
	for first, a := range letters {
		for second, b := range letters {
			held := map[string]bool{}
			for _, right := range (access.Principal{Roles: []access.Role{a, b}}).Rights() {
				held[right.String()] = true
			}
			for right, roles := range matrix {
				pair := pairs[right]
				want := strings.ContainsRune(roles, first) || strings.ContainsRune(roles, second) ||
					strings.ContainsRune(pair[0], first) && strings.ContainsRune(pair[1], second) ||
					strings.ContainsRune(pair[0], second) && strings.ContainsRune(pair[1], first)
				require.Equal(t, want, held[right], "%s of %s and %s", right, a, b)
			}
		}
	}
}

// B-64: each route answers 403 to exactly the roles that openapi.json does not name, whatever else is wrong with the request: the
// role comes before everything but the token.
func TestEveryRouteRefusesEveryRoleThatItDoesNotName(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	var doc struct {
		Paths map[string]map[string]struct {
			XRoles   []access.Role `json:"x-roles"`
			XBeside  access.Role   `json:"x-role-beside"`
			Security []any
		}
	}
	require.NoError(t, json.Unmarshal(a.send("GET", "/openapi.json", testSecret, nil).body, &doc))
	for _, role := range access.Roles() {
		token := a.token("", role)
		for path, operations := range doc.Paths {
			for method, o := range operations {
				if len(o.Security) == 0 || path == "/api/monitoring/stream" && slices.Contains(o.XRoles, role) || path == "/api/admin/backup" && role == access.ApplianceAdmin {
					continue // public, or an answer without an end
				}
				filled := strings.NewReplacer("{", "", "}", "").Replace(path)
				got := a.send(strings.ToUpper(method), filled, token, []byte("{}"))
				refused := got.status == http.StatusForbidden && !strings.HasPrefix(path, "/api/auth/")
				allowed := o.XRoles == nil || slices.Contains(o.XRoles, role) && (o.XBeside == "" || o.XBeside == role)
				require.Equal(t, !allowed, refused, "%s %s as %s: %d %s", method, path, role, got.status, got.body)
				requireKnown(t, got, path)
			}
		}
	}
	// J10.1: an auditor changes nothing but own dashboards and views.
	for path, operations := range doc.Paths {
		for method, o := range operations {
			if slices.Contains(writesNothing, strings.ToUpper(method)+" "+path) {
				continue
			}
			if method != "get" && len(o.Security) > 0 && !strings.HasPrefix(path, "/api/auth/") && !strings.HasPrefix(path, dashboardsPath) && !strings.HasPrefix(path, viewsPath) {
				require.NotContains(t, o.XRoles, access.Auditor, path)
				require.NotNil(t, o.XRoles, path)
			}
		}
	}
}

// writesNothing are posts that everybody may send who reads: a backtest changes nothing (api.md 9), an inbox and dashboards are the caller's own, expressions
// only read, and what a batch of procedures may do is each procedure's.
var writesNothing = []string{
	"POST /api/monitoring/alerts/backtest", "POST /api/monitoring/inbox/read",
	"POST /trpc/monitoring.createDashboard", "POST /trpc/monitoring.updateDashboard", "POST /trpc/{procedures}",
	"POST /prometheus/api/v1/query", "POST /prometheus/api/v1/query_range", "POST /prometheus/api/v1/series", "POST /prometheus/api/v1/labels",
	"POST /prometheus/api/v1/query_exemplars",
}

// requireKnown requires that a caller with a token is never asked who it is, and breaks nothing.
func requireKnown(t *testing.T, got answer, path string) {
	t.Helper()
	require.NotEqual(t, http.StatusUnauthorized, got.status, path)
	require.Less(t, got.status, http.StatusInternalServerError, "%s %s", path, got.body)
}
