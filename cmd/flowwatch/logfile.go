package main

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

const fileBufferBytes = 128 << 10

// logFile reads a log, compressed with gzip or not, and shows how much of the file is read.
type logFile struct {
	io.Reader // of what is in it

	file     *os.File
	size     int64
	done     int64
	progress *progress
	more     func() string // what else to show; nil: nothing
}

// openLog opens a log and looks whether it is compressed.
func openLog(p *program, path string) (*logFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	l := &logFile{file: file, progress: p.progress("importing " + path)}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a directory")
	}
	if err == nil {
		l.size = info.Size()
		err = l.unpack()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the log %s: %w", path, l.explain(err)), file.Close())
	}
	return l, nil
}

func (l *logFile) unpack() error {
	raw := bufio.NewReaderSize(io.TeeReader(l.file, writerFunc(l.passed)), fileBufferBytes)
	l.Reader = raw
	start, err := raw.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if string(start) != "\x1f\x8b" {
		return nil
	}
	unpacked, err := gzip.NewReader(raw)
	if err != nil {
		return err
	}
	l.Reader = bufio.NewReaderSize(unpacked, fileBufferBytes)
	return nil
}

// passed notes what was read of the file.
func (l *logFile) passed(b []byte) {
	l.done += int64(len(b))
	more := ""
	if l.more != nil {
		more = l.more()
	}
	l.progress.at(l.done, l.size, more)
}

// explain says what an error of reading means.
func (l *logFile) explain(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the compressed file is cut off: %w", err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, new(flate.CorruptInputError)):
		return fmt.Errorf("the compressed file is damaged: %w", err)
	}
	return err
}

// Close closes the file.
func (l *logFile) Close() error { return l.file.Close() }

// writerFunc looks at what passes by.
type writerFunc func(b []byte)

// Write never fails.
func (f writerFunc) Write(b []byte) (int, error) {
	f(b)
	return len(b), nil
}
