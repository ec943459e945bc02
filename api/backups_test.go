package api

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/kv"
)

func TestNightlyBackupsAreListed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const path = "/api/admin/backups"
	off := get[BackupPage](a, path, testSecret)
	require.False(t, off.Enabled)
	require.NotNil(t, off.Items)
	require.Empty(t, off.Items)
	requireProblem(t, a.send("GET", path, a.token("", access.OrgAdmin, access.Auditor), nil), 403, "forbidden")
	requireProblem(t, a.send("GET", path, "", nil), 401, "unauthorized")
	for _, query := range []string{"?limit=0", "?limit=101", "?cursor=x", "?cursor=-1"} {
		requireProblem(t, a.send("GET", path+query, testSecret, nil), 422, "invalid_field")
	}

	a.stop()
	a.backups = engine.BackupSchedule{Dir: filepath.Join(t.TempDir(), "b"), At: 150, KeepDays: 12}
	for n := range 2 { // the first is missed at each of two starts
		a.start()
		var page BackupPage
		require.Eventually(t, func() bool {
			page = get[BackupPage](a, path, testSecret)
			return len(page.Items) == 1
		}, answerLimit, 10*time.Millisecond)
		require.True(t, page.Enabled)
		require.EqualValues(t, 12, page.KeepDays)
		require.Nil(t, page.NextCursor)
		b := page.Items[0]
		require.True(t, b.Verified)
		require.True(t, b.Present)
		require.Nil(t, b.Error)
		require.Positive(t, b.SizeBytes)
		require.Greater(t, b.DatabaseBytes, b.SizeBytes)
		require.Regexp(t, `^flowwatch-\d{8}T\d{6}Z\.tar\.zst$`, *b.File)
		require.WithinDuration(t, time.Now(), b.VerifiedAt.Time(), time.Minute)
		require.WithinDuration(t, time.Now(), page.LastGoodAt.Time(), time.Minute)
		if n == 0 {
			a.stop()
		}
	}
	require.Equal(t, 12*24*time.Hour, a.server.backupsKept())
	end := fmt.Sprint(a.engine.Now().Add(time.Hour).UnixMilli())
	require.Len(t, get[BackupPage](a, path+"?limit=1&cursor="+end, testSecret).Items, 1)
	require.Empty(t, get[BackupPage](a, path+"?cursor=1", testSecret).Items)
}

func TestWhoTookABackupIsKnown(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.Equal(t, http.StatusOK, a.send("POST", "/api/admin/backup", testSecret, nil).status)
	require.Eventually(t, func() bool { return !a.server.backupOn.Load() }, answerLimit, time.Millisecond)
	me := get[Me](a, "/api/auth/me", testSecret)
	scope, err := a.db.Scope(kv.TenantID(me.OrganizationID))
	require.NoError(t, err)
	items, _, err := audit.List(a.db, scope, audit.Filter{Event: "monitoring.backup.made"}, nil, 10)
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Equal(t, audit.Token, items[0].Actor.Type)
	require.NotEmpty(t, items[0].Actor.Name)
	require.NotEmpty(t, items[0].IP)
}
