package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"flowwatch/engine"
	"flowwatch/engine/backup"
	"flowwatch/kv/archive"
)

// backupFlags say where the appliance puts a backup every night.
type backupFlags struct {
	BackupDir  string `placeholder:"DIR" help:"Put a verified backup there every night: a folder of its own, on another disk. Default: none are made."`
	BackupAt   string `default:"02:30" placeholder:"HH:MM" help:"When, by the clock in Warsaw. Default: 02:30"`
	BackupKeep int    `default:"30" placeholder:"DAYS" help:"For how many days; the last good one stays longer. Default: 30"`
	keyFlags
}

// keyFlags name the key of encrypted backups.
type keyFlags struct {
	BackupKeyFile string `placeholder:"FILE" help:"The key that encrypts backups and opens them, made by flowwatch backup-key. Default: they are not encrypted."`
}

// key is nil when none is named.
func (f *keyFlags) key() (*archive.Key, error) {
	if f.BackupKeyFile == "" {
		return nil, nil
	}
	key, err := archive.ReadKeyFile(f.BackupKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--backup-key-file %s: there is no such file; flowwatch backup-key --out %[1]s makes one", f.BackupKeyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("--backup-key-file: %w", err)
	}
	return key, nil
}

// schedule refuses what could not work at night, when nobody looks.
func (f *backupFlags) schedule(data directory) (s engine.BackupSchedule, err error) {
	if s.At, err = backup.ParseClock(f.BackupAt); err != nil {
		return s, usageError(fmt.Sprintf("--backup-at: %v", err))
	}
	if s.KeepDays = f.BackupKeep; s.KeepDays < 1 || s.KeepDays > backup.KeepDaysMax {
		return s, usageError(fmt.Sprintf("--backup-keep is 1 to %d days", backup.KeepDaysMax))
	}
	if s.Key, err = f.key(); err != nil || f.BackupDir == "" {
		return s, err
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
	if key, err := filepath.Abs(f.BackupKeyFile); f.BackupKeyFile != "" && err == nil && filepath.Dir(key) == s.Dir {
		return s, usageError("--backup-key-file lies in --backup-dir: who takes the backups would take their key")
	}
	if s.Dir == home {
		return s, usageError("--backup-dir is the data directory: what takes one would take both")
	}
	return s, nil
}
