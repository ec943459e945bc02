package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
)

// TestCheckFindsAnEditedAuditEntry edits the roles in one entry of a copy of the database, wherever its pages hold it: some are remains of
// older commits, others are not. check and the API name the same entry.
func TestCheckFindsAnEditedAuditEntry(t *testing.T) { // J10.3
	t.Parallel()
	data := empty(t)
	admin := tokenFor(t, data, "office", "org_admin")
	tokenFor(t, data, "office", "viewer")
	flowwatch(t, "check", "--data", data).requireDone(t)
	whole, err := os.ReadFile(filepath.Join(data, databaseName))
	require.NoError(t, err)
	noted, edited := []byte(`{"name":"command line","roles":["viewer"]}`), []byte(`{"name":"command line","roles":["nobody"]}`)
	found := 0
	for at := range whole {
		if !bytes.HasPrefix(whole[at:], noted) {
			continue
		}
		copied := empty(t)
		require.NoError(t, os.Mkdir(copied, 0o700))
		broken := bytes.Clone(whole)
		copy(broken[at:], edited)
		require.NoError(t, os.WriteFile(filepath.Join(copied, databaseName), broken, 0o600))
		wrong := flowwatch(t, "check", "--data", copied)
		if wrong.code == exitDone {
			continue
		}
		found++
		wrong.requireLine(t, exitWrong, "the data directory "+copied+" is damaged: 1 problem")
		require.Contains(t, wrong.stdout, "the first broken entry is ")
		require.Contains(t, wrong.stdout, "before it hold 2", "the organisation's own entry and the administrator's token")
		server := serveOn(t, copied)
		var verdict audit.Verdict
		read(t, server.url, admin, "/api/audit/verify", &verdict)
		server.stop(t)
		require.False(t, verdict.OK)
		require.EqualValues(t, 2, verdict.Checked)
		require.Contains(t, wrong.stdout, "the first broken entry is "+*verdict.FirstBroken)
	}
	require.Equal(t, 1, found)
}
