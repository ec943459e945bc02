package api

import (
	"io"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

// BackupPage lists the attempts at nightly backups, newest first, and how they stand. Encrypted says
// that those made from now on are. LastGoodAt is when the last one was begun that was
// proved and is still there.
type BackupPage struct {
	Enabled    bool              `json:"enabled"`
	KeepDays   int64             `json:"keepDays"` // 0 while none are made
	Encrypted  bool              `json:"encrypted"`
	LastGoodAt execution.Instant `json:"lastGoodAt"`
	Items      []Backup          `json:"items"`
	NextCursor *string           `json:"nextCursor"`
}

// Backup is one attempt. Verified says that it was restored and found sound; Present, that the file is where it was put.
type Backup struct {
	StartedAt     execution.Instant `json:"startedAt"`
	DurationMs    int64             `json:"durationMs"`
	File          *string           `json:"file"`
	SizeBytes     int64             `json:"sizeBytes"`
	DatabaseBytes int64             `json:"databaseBytes"`
	Verified      bool              `json:"verified"`
	VerifiedAt    execution.Instant `json:"verifiedAt"`
	Present       bool              `json:"present"`
	Error         *string           `json:"error"`
}

func backupRoutes(limit, cursor parameter) []route {
	right := []access.Right{access.Backup}
	return []route{
		{method: "POST", path: "/api/admin/backup", summary: "An archive of the whole database, consistent at one moment",
			rights: right, handle: (*Server).postBackup, endless: true, media: "application/zstd"},
		{method: "GET", path: "/api/admin/backups", summary: "The nightly backups: when, how large, whether they were proved, what went wrong",
			rights: right, handle: (*Server).listBackups, query: []parameter{cursor, limit}, response: BackupPage{}},
	}
}

func (s *Server) listBackups(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	limit, before := q.limit(), time.Time{}
	if cursor := q.cursor(); cursor != "" {
		ms, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || ms < 0 {
			q.wrong("cursor", "not one that was given out")
		}
		before = time.UnixMilli(ms)
	}
	if err := q.err(); err != nil {
		return err
	}
	records, err := s.engine.Backups(before, limit+1)
	if err != nil {
		return err
	}
	state := s.engine.BackupState()
	page := BackupPage{
		Enabled: state.On, KeepDays: int64(state.Kept / (24 * time.Hour)), Encrypted: s.engine.BackupsEncrypted(), LastGoodAt: instant(state.Good),
		Items: []Backup{},
	}
	for i := range records[:min(limit, len(records))] {
		r := &records[i]
		page.Items = append(page.Items, Backup{
			StartedAt: instant(r.StartedAt), DurationMs: r.Duration.Milliseconds(), File: optional(r.Name), SizeBytes: r.SizeBytes, DatabaseBytes: r.Database,
			Verified: r.Error == "", VerifiedAt: instant(r.VerifiedAt), Present: r.Present, Error: optional(r.Error),
		})
	}
	if len(records) > limit {
		page.NextCursor = optional(strconv.FormatInt(records[limit-1].StartedAt.UnixMilli(), 10))
	}
	return c.JSON(page)
}

// postBackup streams an archive of the whole database.
func (s *Server) postBackup(c *call) error {
	if !s.backupOn.CompareAndSwap(false, true) {
		return errBackupRuns
	}
	of, by := c.principal.OrganizationID, c.by()
	name, media := "flowwatch-"+s.engine.Now().UTC().Format("20060102-150405")+".tar.zst", "application/zstd"
	if s.engine.BackupsEncrypted() {
		name, media = name+".age", fiber.MIMEOctetStream
	}
	run := func(write func()) {
		s.backups.Go(func() {
			defer s.backupOn.Store(false)
			write()
		})
	}
	return c.download(name, media, run, func(w io.Writer) error {
		_, err := s.engine.Backup(w, of, by)
		return err
	})
}
