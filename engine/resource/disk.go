package resource

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
)

// Disk is how full the disk of a directory is, in bytes. Free is what an ordinary process can still write, so Used and Free may be less
// than Total together.
type Disk struct{ Total, Used, Free int64 }

// UsedPercent is the used part of what can be used, 0 to 100, as df says it.
func (d Disk) UsedPercent() float64 {
	if d.Used+d.Free <= 0 {
		return 0
	}
	return Rounded(100 * float64(d.Used) / float64(d.Used+d.Free))
}

// ReadDisk measures the disk of a directory; ok is false when the system does not tell.
func ReadDisk(ctx context.Context, dir string) (d Disk, ok bool) {
	u, err := disk.UsageWithContext(ctx, dir)
	if err != nil || u.Total == 0 {
		return Disk{}, false
	}
	return Disk{Total: bytesOf(u.Total), Used: bytesOf(u.Used), Free: bytesOf(u.Free)}, true
}

// bytesOf fits what some network disks claim.
func bytesOf(n uint64) int64 { return int64(min(n, 1<<62)) }

// Size is how large something was.
type Size struct {
	At    time.Time
	Bytes int64
}

// How far back growth is looked at, and how much must be seen.
const (
	GrowthOver    = 14 * 24 * time.Hour
	GrowthSeenMin = 24 * time.Hour
)

// Growth is the slope of the least-squares line through the sizes of the last 14 days before the newest, in bytes a day; less than 0
// when it shrinks. ok is false when they span less than a day. Sizes are in order of time.
func Growth(sizes []Size) (bytesPerDay float64, ok bool) {
	for len(sizes) > 0 && sizes[len(sizes)-1].At.Sub(sizes[0].At) > GrowthOver {
		sizes = sizes[1:]
	}
	if len(sizes) < 2 || sizes[len(sizes)-1].At.Sub(sizes[0].At) < GrowthSeenMin {
		return 0, false
	}
	days := func(s Size) float64 { return s.At.Sub(sizes[0].At).Hours() / 24 }
	grown := func(s Size) float64 { return float64(s.Bytes - sizes[0].Bytes) } // small numbers keep their digits
	meanX, meanY := 0.0, 0.0
	for _, s := range sizes {
		meanX, meanY = meanX+days(s)/float64(len(sizes)), meanY+grown(s)/float64(len(sizes))
	}
	both, square := 0.0, 0.0
	for _, s := range sizes {
		x := days(s) - meanX
		both, square = both+x*(grown(s)-meanY), square+x*x
	}
	return both / square, true
}
