package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// A client that lost the answer asks again with its key and makes nothing
// twice, also when it does not wait.
func TestRepeatedPostMakesOneThing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const body = `{"name":"n8n","roles":["viewer"]}`
	post := func(token, body, key string) answer {
		return a.send("POST", "/api/admin/tokens", token, []byte(body), "Idempotency-Key", key)
	}
	var lock sync.Mutex
	var asking sync.WaitGroup
	secrets, locations := map[string]int{}, map[string]int{}
	for range 5 {
		asking.Go(func() {
			got := post(testSecret, body, "k-1")
			lock.Lock()
			defer lock.Unlock()
			if got.status == http.StatusCreated {
				secrets[decoded[NewToken](t, got).Secret]++
				locations[got.header.Get("Location")]++
			}
		})
	}
	asking.Wait()
	require.Len(t, secrets, 1)
	require.Len(t, locations, 1)
	for _, n := range secrets {
		require.Equal(t, 5, n)
	}
	requireProblem(t, post(testSecret, `{"name":"x","roles":["viewer"]}`, "k-1"), http.StatusConflict, "idempotency_conflict")
	requireProblem(t, post(testSecret, body, strings.Repeat("k", 256)), http.StatusUnprocessableEntity, "invalid_field")

	other := a.token("", access.OrgAdmin) // whose keys are its own, as those of other routes are
	require.Equal(t, http.StatusCreated, post(other, `{"name":"y","roles":["viewer"]}`, "k-1").status)
	require.Equal(t, http.StatusCreated, a.send("POST", "/api/admin/organizations", testSecret, []byte(`{"name":"o"}`), "Idempotency-Key", "k-1").status)
	require.Equal(t, http.StatusCreated, a.send("POST", "/api/admin/organizations", testSecret, []byte(`{"name":"o"}`), "Idempotency-Key", "k-1").status)
	requireProblem(t, a.send("POST", "/api/admin/organizations", testSecret, []byte(`{"name":"o"}`)), http.StatusConflict, "duplicate_name")

	// What failed may be asked again, better.
	requireProblem(t, post(testSecret, `{"name":""}`, "k-2"), http.StatusUnprocessableEntity, "invalid_field")
	require.Equal(t, http.StatusCreated, post(testSecret, body, "k-2").status)
	require.Len(t, get[TokenPage](a, "/api/admin/tokens", testSecret).Items, 5) // bootstrap, k-1, other, y, k-2
}

func TestRepeatsAreForgottenInTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	r := newRepeats(func() time.Time { return now })
	first := r.of(repeatKey{"p", "r", "0"})
	require.Same(t, first, r.of(repeatKey{"p", "r", "0"}))
	for i := range 2 * repeatsMax {
		r.of(repeatKey{"p", "r", fmt.Sprint(i)})
	}
	require.LessOrEqual(t, len(r.entries), repeatsMax)
	require.Len(t, r.order, len(r.entries))
	require.NotSame(t, first, r.of(repeatKey{"p", "r", "0"}))
	now = now.Add(repeatsKept + time.Second)
	r.of(repeatKey{"p", "r", "last"})
	require.Len(t, r.entries, 1)
}
