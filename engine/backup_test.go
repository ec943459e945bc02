package engine

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// audited lists the events of the organisation's chain about backups, newest first.
func (b *bench) audited() (all []audit.Item) {
	b.t.Helper()
	scope, err := b.db.Scope(kv.TenantID(b.tenant.id))
	require.NoError(b.t, err)
	all, _, err = audit.List(b.db, scope, audit.Filter{Event: "monitoring.backup."}, nil, 50)
	require.NoError(b.t, err)
	return all
}

func TestNightlyBackupsAreMadeToldAndMissed(t *testing.T) { // B-102, AUD8
	t.Parallel()
	b := start(t)
	off := b.tenant.SystemHealth()
	require.Equal(t, []string{noteBackupOff}, codes(off.Notes))
	require.NotContains(t, codes(off.causes), noteBackupOff, "worth knowing, and no reason to worry")
	require.Equal(t, "Nightly backups are off", off.InEnglish().Notes[0].Message)
	b.ingest(event("x", execution.ExecutionStarted, 0), event("x", execution.ExecutionCompleted, time.Second))

	b.close()
	b.backups = BackupSchedule{Dir: filepath.Join(t.TempDir(), "backups"), At: 150, KeepDays: 30}
	b.open()
	require.Eventually(t, func() bool { return !b.engine.BackupState().Good.IsZero() && len(b.audited()) == 1 }, 20*time.Second, 10*time.Millisecond)
	made := b.audited()[0]
	require.Equal(t, backupMade, made.Event)
	require.Equal(t, audit.Nobody, made.Actor.Type)
	require.NotContains(t, string(made.Details), b.backups.Dir, "where files lie is the appliance's alone")
	records, err := b.engine.Backups(time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, records, 1)
	require.Empty(t, records[0].Error)
	require.True(t, records[0].Present)

	f := func(after time.Duration, status string, want ...string) {
		t.Helper()
		b.clock.set(noon.Add(after))
		h := b.tenant.SystemHealth()
		require.Empty(t, h.Notes)
		var about []string
		for _, code := range codes(h.causes) {
			if code == warnBackupOld || code == warnBackupFail {
				about = append(about, code)
			}
		}
		require.Equal(t, want, about)
		if len(want) > 0 {
			require.Equal(t, status, h.Status)
		}
	}
	f(0, statusGreen)
	require.NoError(t, b.engine.Close()) // no more are made
	f(26*time.Hour, "")
	f(26*time.Hour+time.Minute, statusYellow, warnBackupOld)
	f(48*time.Hour+time.Minute, statusRed, warnBackupOld)
	require.Contains(t, b.tenant.SystemHealth().Reasons, "Ostatnia sprawdzona kopia zapasowa ma 48 h (próg 48 h)")

	// In the place of the folder stands a file: it goes wrong, and is told.
	require.NoError(t, os.RemoveAll(b.backups.Dir))
	require.NoError(t, os.WriteFile(b.backups.Dir, nil, 0o600))
	b.restart()
	require.Eventually(t, func() bool { return b.engine.BackupState().Failed != "" && len(b.audited()) == 2 }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, backupFailed, b.audited()[0].Event)
	f(48*time.Hour+time.Minute, statusYellow, warnBackupFail)
}

func TestABackupThatSomebodyAsksForIsInTheChains(t *testing.T) {
	t.Parallel()
	b := start(t)
	other, err := b.engine.Access().CreateOrganization(audit.System(), "Other")
	require.NoError(t, err)
	tenant, err := b.engine.Tenant(other.ID)
	require.NoError(t, err)
	ewa := audit.By{Actor: audit.Actor{ID: "u1", Name: "Ewa", Type: audit.User}, IP: "192.168.1.7"}
	var whole bytes.Buffer
	m, err := b.engine.Backup(&whole, b.tenant.id, ewa)
	require.NoError(t, err)
	require.Len(t, m.Organizations, len(b.engine.Access().Organizations()))
	require.Equal(t, backupMade, b.audited()[0].Event)
	require.Equal(t, "Ewa", b.audited()[0].Actor.Name)
	gone := errors.New("gone")
	_, err = b.engine.Backup(writerFunc(func([]byte) (int, error) { return 0, gone }), b.tenant.id, ewa)
	require.ErrorIs(t, err, gone)
	require.Equal(t, backupFailed, b.audited()[0].Event)

	b.tenant = tenant
	require.Len(t, b.audited(), 2, "its data was copied too")
	require.Equal(t, audit.Nobody, b.audited()[0].Actor.Name, "people of other organisations are not named")
}

func TestARestoreIsInTheChains(t *testing.T) { // AUD8
	t.Parallel()
	b := start(t)
	require.NoError(t, b.engine.Close())
	require.NoError(t, NoteRestored(b.db, noon, noon.Add(time.Hour), audit.System()))
	require.NoError(t, NoteRestored(b.db, time.Time{}, noon.Add(time.Hour), audit.System()))
	all := b.audited()
	require.Len(t, all, 2)
	require.Equal(t, backupRestored, all[1].Event)
	require.Equal(t, b.db.Epoch(), all[1].Object.ID)
	require.JSONEq(t, `{"createdAt":"2026-11-23T12:00:00.000Z"}`, string(all[1].Details))
	require.JSONEq(t, `{"createdAt":null}`, string(all[0].Details))
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }
