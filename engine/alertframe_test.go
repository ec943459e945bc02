package engine

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/notify/text"
)

// What a webhook tells of an alert has the names and types that the API and frames have for it; what it leaves out was left out on purpose.
func TestWebhooksTellAlertsAsTheAPIDoes(t *testing.T) {
	t.Parallel()
	inside := []string{"lastSeenAt", "acknowledgedByName", "nextEscalationAt", "resolvedByName", "resolvedWhy,omitempty", "comments", "seq"}
	narrowed := []string{"context", "deliveries"} // have fewer fields outside
	fields := func(v any) map[string]reflect.Type {
		all := map[string]reflect.Type{}
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			all[f.Tag.Get("json")] = f.Type
		}
		return all
	}
	api, webhook := fields(AlertRecord{}), fields(text.Alert{})
	for name, kind := range webhook {
		require.Contains(t, api, name)
		if !slices.Contains(narrowed, name) {
			require.Equal(t, api[name], kind, name)
		}
	}
	for name := range api {
		_, told := webhook[name]
		require.NotEqual(t, told, slices.Contains(inside, name), name)
	}
}
