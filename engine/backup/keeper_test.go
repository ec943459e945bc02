package backup

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
	"flowwatch/kv/archive"
)

func warsaw(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Warsaw")
	require.NoError(t, err)
	return zone
}

func TestClocksAreReadAndWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"00:00", "02:30", "23:59"} {
		c, err := ParseClock(text)
		require.NoError(t, err)
		require.Equal(t, text, c.String())
	}
	for _, text := range []string{"", "2:30", "24:00", "02:60", "02:30:00", "-1:00", "noon"} {
		_, err := ParseClock(text)
		require.Error(t, err, text)
	}
}

// One moment a day, whatever the clock on the wall does: through years with their changes of summer time, looked at every 10 minutes.
func TestTheClockStrikesOnceADay(t *testing.T) {
	t.Parallel()
	zone := warsaw(t)
	for _, at := range []string{"00:00", "02:00", "02:30", "03:00", "12:00", "23:55"} {
		c, err := ParseClock(at)
		require.NoError(t, err)
		seen := map[string]int{}
		var last time.Time
		for now := time.Date(2026, 1, 1, 12, 0, 0, 0, zone); now.Year() < 2028; now = now.Add(10 * time.Minute) {
			moment := c.last(now, zone)
			require.False(t, moment.After(now))
			require.LessOrEqual(t, now.Sub(moment), 25*time.Hour)
			if moment.Equal(last) {
				continue
			}
			require.True(t, moment.After(last), "it never goes back")
			last = moment
			seen[moment.In(zone).Format(time.DateOnly)]++
			if text := moment.In(zone).Format("15:04"); text != at {
				require.Equal(t, time.March, moment.In(zone).Month(), "%s on %s", text, moment)
				require.Contains(t, []string{"01:00", "03:00", "01:30", "03:30"}, text)
			}
		}
		for date, n := range seen {
			require.Equal(t, 1, n, "%s on %s", at, date)
		}
		require.GreaterOrEqual(t, len(seen), 729)
	}
}

func TestABackupIsDueWhenOneWasMissed(t *testing.T) {
	t.Parallel()
	zone, at := warsaw(t), Clock(150)
	now := time.Date(2026, 11, 26, 10, 0, 0, 0, zone)
	f := func(want bool, good, attempt time.Time) {
		t.Helper()
		require.Equal(t, want, due(now, good, attempt, at, zone))
	}
	tonight := time.Date(2026, 11, 26, 2, 30, 5, 0, zone)
	f(true, time.Time{}, time.Time{})
	f(false, tonight, tonight)
	f(true, tonight.Add(-day), tonight.Add(-day)) // also older than 25 h: between lies a night
	f(true, now.Add(-25*time.Hour), now.Add(-25*time.Hour))
	f(false, tonight.Add(-day), now.Add(-retryAfter/2)) // it has just gone wrong
	f(true, tonight.Add(-day), now.Add(-retryAfter))
	f(true, tonight.Add(-day), now.Add(retryAfter)) // noted by a clock that was wrong
}

func TestOldBackupsGoAndTheLastGoodOneStays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 2, 30, 0, 0, time.UTC)
	ages := func(files []file) (days []int) {
		for _, f := range files {
			days = append(days, int(now.Sub(f.at)/day))
		}
		return days
	}
	files := func(days ...int) (all []file) {
		for _, d := range days {
			at := now.Add(-time.Duration(d) * day)
			all = append(all, file{name: nameOf(at, false), at: at})
		}
		return all
	}
	require.Equal(t, []int{32, 31}, ages(outdated(files(32, 31, 30, 1, 0), now, 30*day)))
	require.Equal(t, []int{90}, ages(outdated(files(90, 80), now, 30*day)), "the last good one stays, however old")
	require.Equal(t, []int{90}, ages(outdated(files(90, 80, -400), now, 30*day)), "one from the future is not the last")
	require.Empty(t, outdated(nil, now, 30*day))
	require.Equal(t, -400, ages(files(-400))[0])
	for _, name := range []string{"flowwatch-20261126T023000Z.tar.zst.part", "flowwatch-20261126T023000Z.age", "flowwatch-x.tar.zst", "20261126T023000Z", "other-20261126T023000Z.tar.zst", ""} {
		_, ok := timeOf(name)
		require.False(t, ok, name)
	}
	for _, encrypted := range []bool{false, true} {
		at, ok := timeOf(nameOf(now, encrypted))
		require.True(t, ok)
		require.True(t, now.Equal(at))
	}
}

// office is a keeper on a database of one organisation, with a clock that is moved.
type office struct {
	*Keeper
	t      *testing.T
	now    time.Time
	broken atomic.Pointer[error] // what the check finds
	noted  []string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db, err := kv.Open(filepath.Join(t.TempDir(), "x.db"), kv.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Scope("office")
	require.NoError(t, err)
	o := &office{t: t, now: time.Date(2026, 11, 26, 2, 30, 0, 0, time.UTC)}
	o.Keeper, err = New(Options{
		Dir: filepath.Join(t.TempDir(), "backups"), At: 150, KeepDays: 30, DB: db, Zone: warsaw(t), Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return o.now },
		Write: func(w io.Writer) (archive.Manifest, error) {
			return archive.Write(w, db, archive.About{Product: "1", Now: o.now, Seq: func(*kv.Tx, kv.Scope) uint64 { return 1 }})
		},
		Check: func(ctx context.Context, db *kv.DB) error {
			if broken := o.broken.Load(); broken != nil {
				return *broken
			}
			return db.CheckContext(ctx, nil, Collections()...)
		},
		Note: func(_ *kv.Tx, r *Record) error {
			o.noted = append(o.noted, r.Error)
			return nil
		},
	})
	require.NoError(t, err)
	return o
}

// names lists the folder.
func (o *office) names() (names []string) {
	o.t.Helper()
	entries, err := os.ReadDir(o.options.Dir)
	require.NoError(o.t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestABackupIsMadeProvedAndKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.True(t, o.State().Good.IsZero())
	dir := folder(o.options.Dir)
	for _, name := range []string{nameOf(o.now.Add(-time.Hour), false) + partSuffix} { // of one that was killed
		require.NoError(t, os.WriteFile(dir.path(name), []byte("half"), 0o600))
	}
	require.NoError(t, os.MkdirAll(dir.path(verifyPrefix+"1"), 0o700))
	require.NoError(t, os.WriteFile(dir.path("notes.txt"), nil, 0o600))
	require.NoError(t, os.WriteFile(dir.path(nameOf(o.now.Add(-31*day), false)), []byte("old"), 0o600))
	o.attempt(t.Context())
	first := nameOf(o.now, false)
	require.Equal(t, []string{first, "notes.txt"}, o.names(), "what is not ours stays")
	s := o.State()
	require.True(t, s.Good.Equal(o.now))
	require.Empty(t, s.Failed)
	a, err := archive.Open(dir.path(first), nil)
	require.NoError(t, err)
	require.NoError(t, a.Close())

	all, err := o.List(time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, first, all[0].Name)
	require.True(t, all[0].Present)
	require.Equal(t, a.SizeBytes(), all[0].SizeBytes)
	require.Equal(t, a.Manifest.DatabaseBytes(), all[0].Database)

	// What does not restore gets no name, and the good one stays.
	bad := errors.New("an index entry has no record")
	o.broken.Store(&bad)
	o.now = o.now.Add(day)
	o.attempt(t.Context())
	require.Equal(t, []string{first, "notes.txt"}, o.names())
	require.Contains(t, o.State().Failed, bad.Error())
	require.True(t, o.State().Good.Equal(o.now.Add(-day)))
	all, err = o.List(time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Contains(t, all[0].Error, bad.Error())
	require.Empty(t, all[0].Name)
	older, err := o.List(all[0].StartedAt, 10)
	require.NoError(t, err)
	require.Equal(t, all[1:], older)
	require.Len(t, o.noted, 2)

	// A new process knows both.
	again, err := New(o.options)
	require.NoError(t, err)
	require.Equal(t, o.State().Failed, again.State().Failed)
	require.True(t, again.State().Good.Equal(o.State().Good))

	// After more than the days of keeping, the last good one and its record are still there.
	o.now = o.now.Add(100 * day)
	o.attempt(t.Context())
	require.Equal(t, []string{first, "notes.txt"}, o.names())
	all, err = o.List(time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, first, all[1].Name)
	o.broken.Store(nil)
	o.now = o.now.Add(day)
	o.attempt(t.Context())
	require.Equal(t, []string{nameOf(o.now, false), "notes.txt"}, o.names())

	require.NoError(t, os.RemoveAll(o.options.Dir)) // somebody takes them away
	o.look()
	require.True(t, o.State().Good.IsZero())
	all, err = o.List(time.Time{}, 1)
	require.NoError(t, err)
	require.False(t, all[0].Present)
}

// 5.13 Encrypt: with a key nothing lies in the folder in clear, not even while a backup is proved.
func TestAnEncryptedBackupIsProvedBesideTheDatabase(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	path := filepath.Join(t.TempDir(), "k")
	_, err := archive.MakeKeyFile(path, o.now)
	require.NoError(t, err)
	options := o.options
	options.Key, err = archive.ReadKeyFile(path)
	require.NoError(t, err)
	options.Write = func(w io.Writer) (archive.Manifest, error) {
		return archive.Write(w, options.DB, archive.About{Product: "1", Now: o.now, Key: options.Key, Seq: func(*kv.Tx, kv.Scope) uint64 { return 1 }})
	}
	home := filepath.Dir(options.DB.Path())
	during := []string{}
	check := options.Check
	options.Check = func(ctx context.Context, db *kv.DB) error {
		during = append(during, o.names()...)
		require.Equal(t, home, filepath.Dir(filepath.Dir(db.Path())))
		return check(ctx, db)
	}
	o.attempt(t.Context()) // one from before there was a key
	plain := nameOf(o.now, false)
	o.now = o.now.Add(day)
	require.NoError(t, os.MkdirAll(filepath.Join(home, verifyPrefix+"1"), 0o700)) // of one that was killed
	o.Keeper, err = New(options)
	require.NoError(t, err)
	o.attempt(t.Context())
	secret := nameOf(o.now, true)
	require.Equal(t, []string{plain, secret + partSuffix}, during)
	require.Equal(t, []string{plain, secret}, o.names())
	left, err := filepath.Glob(filepath.Join(home, ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
	require.True(t, o.State().Good.Equal(o.now))
	_, err = archive.Open(folder(o.options.Dir).path(secret), nil)
	require.ErrorIs(t, err, archive.ErrLocked)

	o.now = o.now.Add(100 * day)
	o.attempt(t.Context())
	require.Equal(t, []string{nameOf(o.now, true)}, o.names(), "both kinds grow old")

	// What cannot be opened again is a failure, and no backup.
	unproved := options
	_, err = archive.MakeKeyFile(path+"2", o.now)
	require.NoError(t, err)
	unproved.Key, err = archive.ReadKeyFile(path + "2")
	require.NoError(t, err)
	o.Keeper, err = New(unproved)
	require.NoError(t, err)
	last := nameOf(o.now, true)
	o.now = o.now.Add(day)
	o.attempt(t.Context())
	require.Contains(t, o.State().Failed, archive.ErrWrongKey.Error())
	require.Equal(t, []string{last}, o.names())
}

func TestAFolderThatCannotBeWrittenIsAFailure(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, os.Remove(o.options.Dir))
	require.NoError(t, os.WriteFile(o.options.Dir, nil, 0o600)) // a file in its place
	o.attempt(t.Context())
	require.Contains(t, o.State().Failed, "not a directory")
}

func TestAStoppedAttemptIsNoFailureAndLeavesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, cancel := context.WithCancel(t.Context())
	inner := o.options.Check
	o.options.Check = func(ctx context.Context, db *kv.DB) error {
		cancel()
		return inner(ctx, db)
	}
	o.attempt(ctx)
	require.Empty(t, o.names())
	require.Empty(t, o.State().Failed)
	require.Empty(t, o.noted)
}

// Nights pass: a backup each, at the time that was said, through the change to winter time.
func TestTheKeeperMakesOneEachNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		zone := warsaw(t)
		<-time.After(time.Until(time.Date(2026, 10, 23, 12, 0, 0, 0, zone)))
		o.options.Now = time.Now
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); o.Run(ctx) }()
		<-time.After(5 * day)
		cancel()
		<-done
		all, err := o.List(time.Time{}, 100)
		require.NoError(t, err)
		var at []string
		for i := range all {
			require.Empty(t, all[i].Error)
			at = append(at, all[i].StartedAt.In(zone).Format("02 15:04"))
		}
		require.Equal(t, "28 02:30,27 02:30,26 02:30,25 02:30,24 02:30,23 12:00", strings.Join(at, ","))
	})
}

func TestNoFolderMeansNoBackups(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	options := o.options
	options.Dir = ""
	k, err := New(options)
	require.NoError(t, err)
	k.Run(t.Context()) // it returns
	require.False(t, k.State().On)
}
