package main

import (
	"fmt"
	"os"
	"path/filepath"

	"flowwatch/engine"
	"flowwatch/engine/backup"
)

// backupFlags say where the appliance puts a backup every night.
type backupFlags struct {
	BackupDir  string `placeholder:"DIR" help:"Put a verified backup there every night: a folder of its own, on another disk. Default: none are made."`
	BackupAt   string `default:"02:30" placeholder:"HH:MM" help:"When, by the clock in Warsaw. Default: 02:30"`
	BackupKeep int    `default:"30" placeholder:"DAYS" help:"For how many days; the last good one stays longer. Default: 30"`
}

// schedule refuses what could not work at night, when nobody looks.
func (f *backupFlags) schedule(data directory) (s engine.BackupSchedule, err error) {
	if s.At, err = backup.ParseClock(f.BackupAt); err != nil {
		return s, usageError(fmt.Sprintf("--backup-at: %v", err))
	}
	if s.KeepDays = f.BackupKeep; s.KeepDays < 1 || s.KeepDays > backup.KeepDaysMax {
		return s, usageError(fmt.Sprintf("--backup-keep is 1 to %d days", backup.KeepDaysMax))
	}
	if f.BackupDir == "" {
		return s, nil
	}
	if s.Dir, err = filepath.Abs(f.BackupDir); err != nil {
		return s, fmt.Errorf("--backup-dir %s: %w", f.BackupDir, err)
	}
	home, err := filepath.Abs(string(data))
	if err != nil {
		return s, fmt.Errorf("--data %s: %w", data, err)
	}
	if info, err := os.Stat(s.Dir); err == nil && !info.IsDir() {
		return s, usageError(fmt.Sprintf("--backup-dir %s is not a directory", f.BackupDir))
	}
	if s.Dir == home {
		return s, usageError("--backup-dir is the data directory: what takes one would take both")
	}
	return s, nil
}
