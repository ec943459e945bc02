package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	auditCrashRounds  = 2
	auditCrashWriters = 6
	auditPageMax      = 100
)

// changes are what one caller was told about tokens: made, then revoked.
type changes struct {
	made, revoked []string
	fault         error
}

// write makes and revokes tokens until the server is gone.
func (c *changes) write(server *child) {
	for {
		status, _, answer, err := server.do(http.MethodPost, "/api/admin/tokens", childSecret, []byte(`{"name":"n","roles":["viewer"]}`))
		if err != nil {
			return
		}
		var token struct{ ID string }
		if err := json.Unmarshal(answer, &token); err != nil || status != http.StatusCreated {
			c.fault = fmt.Errorf("make a token: %d %s: %w", status, answer, err)
			return
		}
		c.made = append(c.made, token.ID)
		if status, _, answer, err = server.do(http.MethodDelete, "/api/admin/tokens/"+token.ID, childSecret, nil); err != nil {
			return
		}
		if status != http.StatusNoContent {
			c.fault = fmt.Errorf("revoke a token: %d %s", status, answer)
			return
		}
		c.revoked = append(c.revoked, token.ID)
	}
}

// entriesOf counts the entries of an event by what they are about.
func entriesOf(t *testing.T, server *child, event string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for cursor := ""; ; {
		var page struct {
			Items      []struct{ Object struct{ ID string } }
			NextCursor *string
		}
		query := url.Values{"event": {event}, "limit": {fmt.Sprint(auditPageMax)}, "cursor": {cursor}}
		require.NoError(t, server.get("/api/audit?"+query.Encode(), childSecret, &page))
		for _, e := range page.Items {
			found[e.Object.ID]++
		}
		if page.NextCursor == nil {
			return found
		}
		cursor = *page.NextCursor
	}
}

// TestCrashLeavesAnEntryForEachChange kills the process under a load of changes. After each kill every chain is whole, each answered change has
// its one entry, and of the changes in flight there are both, change and entry, or neither.
func TestCrashLeavesAnEntryForEachChange(t *testing.T) { // B-58, J10.3, J12.1
	t.Parallel()
	server := newChild(t, buildBinary(t), filepath.Join(t.TempDir(), "data"))
	server.start(t)
	callers := make([]changes, auditCrashWriters)
	for range auditCrashRounds {
		var wait sync.WaitGroup
		for i := range callers {
			wait.Go(func() { callers[i].write(server) })
		}
		<-time.After(200*time.Millisecond + rand.N(400*time.Millisecond))
		server.kill()
		wait.Wait()
		server.check(t)
		server.start(t)
		made, revoked := entriesOf(t, server, "monitoring.token.created"), entriesOf(t, server, "monitoring.token.revoked")
		for i := range callers {
			require.NoError(t, callers[i].fault)
			require.NotEmpty(t, callers[i].revoked)
			for _, id := range callers[i].made {
				require.Equal(t, 1, made[id])
			}
			for _, id := range callers[i].revoked {
				require.Equal(t, 1, revoked[id])
			}
		}
		var tokens struct{ Items []struct{ ID string } }
		require.NoError(t, server.get("/api/admin/tokens", childSecret, &tokens))
		for _, token := range tokens.Items {
			require.Equal(t, 1, made[token.ID])
			require.Zero(t, revoked[token.ID])
		}
		require.Len(t, made, len(revoked)+len(tokens.Items), "a token without its entry, or an entry without its token")
		var verdict struct{ OK bool }
		require.NoError(t, server.get("/api/audit/verify", childSecret, &verdict))
		require.True(t, verdict.OK)
	}
	server.stop(t)
	server.check(t)
}
