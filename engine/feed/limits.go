package feed

import (
	"errors"
	"time"
)

// Limits bound a hub. Zero fields get the defaults.
type Limits struct {
	RingFrames       int           // frames kept for resume; 8,192
	RingBytes        int64         // bytes of encoded frames kept for resume; 16 MiB
	QueueFrames      int           // frames that may wait for a session; 256
	QueueBytes       int           // encoded bytes that may wait for a session; 512 KiB
	Subscriptions    int           // of one session; 50
	Pace             time.Duration // shortest time between two batches of one session; 5 ms
	ReplayFrames     int           // frames of a resume; a client that missed more gets a snapshot; 1,000
	SnapshotsAtOnce  int           // snapshots read from the source at the same time; 4
	ListeningLingers time.Duration // how long frames are still collected after the last session left; 1 minute
}

// ResyncsMax is which resynchronisation within a minute ends a session.
const ResyncsMax = 3

const (
	coalesceAfter = 8 // frames that wait before a later one replaces an earlier
	resyncWindow  = time.Minute

	chunkItems = 200      // items of one snapshot frame
	chunkBytes = 48 << 10 // bytes of one snapshot frame, unless one item alone is longer

	batchFrames  = 128       // frames that Next returns at once
	batchBytes   = 256 << 10 // bytes of snapshots after which Next returns no more at once
	backlogMax   = 4096      // frames that wait besides the queue, and in it while nothing can be let out
	backlogBytes = 4 << 20   // bytes of snapshots that wait before the next is read; of the queue while nothing can be let out

	// A client resumes its subscriptions one after the other, but seq may only
	// grow on its connection: what they replay is merged, for which frames are
	// held back this long after each, and in all.
	resumeGrace    = 50 * time.Millisecond
	resumeGraceMax = 250 * time.Millisecond
	floorPoll      = time.Millisecond // how often a held session looks whether the publisher has caught up
	floorMost      = time.Second      // after which it takes what it waits for from the source
)

// Applied are the limits as a hub applies them.
func (l Limits) Applied() Limits { return l.withDefaults() }

func (l Limits) withDefaults() Limits {
	l.RingFrames = orDefault(l.RingFrames, 8192)
	l.RingBytes = orDefault(l.RingBytes, 16<<20)
	l.QueueFrames = orDefault(l.QueueFrames, 256)
	l.QueueBytes = orDefault(l.QueueBytes, 512<<10)
	l.Subscriptions = orDefault(l.Subscriptions, 50)
	l.Pace = orDefault(l.Pace, 5*time.Millisecond)
	l.ReplayFrames = orDefault(l.ReplayFrames, 1000)
	l.SnapshotsAtOnce = orDefault(l.SnapshotsAtOnce, 4)
	l.ListeningLingers = orDefault(l.ListeningLingers, time.Minute)
	return l
}

func orDefault[T int | int64 | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

var (
	// ErrClosed is returned by Next after Close.
	ErrClosed = errors.New("live session is closed")
	// ErrSlow is returned by Next when the session had to be resynchronised
	// for the third time in a minute.
	ErrSlow = errors.New("live session is too slow")
	// ErrRestart is returned by Next, after a goaway frame, when the hub closes.
	ErrRestart = errors.New("live hub is closing")
)
