package resource

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"
)

// readTimeMax bounds one look at the system.
const readTimeMax = 2 * time.Second

const mebibyte = 1 << 20

// Probe reads the appliance's process, its host and the disk of its data. CPU
// is what was used since the reading before, so the first one has none. It
// belongs to one goroutine.
type Probe struct {
	dir   string
	self  *group
	watch *Target // nil: none
	host  hostTimes
}

// hostTimes are the host's processor seconds at a reading.
type hostTimes struct{ busy, total float64 }

// NewProbe watches the disk of dir and, if watch is not "", the processes that
// it names, see ParseTarget. It takes the first reading of CPU.
func NewProbe(dir, watch string) (*Probe, error) {
	p := &Probe{dir: dir, self: newGroup()}
	if watch != "" {
		target, err := ParseTarget(watch)
		if err != nil {
			return nil, err
		}
		p.watch = target
	}
	p.Read(time.Now())
	return p, nil
}

// Read measures all that can be measured now; what the system does not tell is
// left out. found is false when a process is watched for and none is there.
func (p *Probe) Read(now time.Time) (readings []Reading, found bool) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeMax)
	defer cancel()
	put := func(metric string, source Source, value float64, tags ...Tag) {
		readings = append(readings, Reading{NewSeries(metric, source, tags...), now, Rounded(value)})
	}
	if percent, ok := p.host.next(ctx); ok {
		put(CPUPercent, Host, percent)
	}
	total := 0.0
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil && m.Total > 0 {
		total = float64(m.Total)
		put(MemoryMB, Host, float64(m.Used)/mebibyte)
		put(MemoryPercent, Host, m.UsedPercent)
	}
	if d, ok := ReadDisk(ctx, p.dir); ok {
		put(DiskPercent, Self, d.UsedPercent())
	}
	own := p.self.read(ctx, []int32{int32(os.Getpid())}, now) // a pid fits, on every system
	own.put(func(metric string, v float64) { put(metric, Self, v) }, total)
	if p.watch == nil {
		return readings, true
	}
	watched := p.watch.read(ctx, now)
	tag := Tag{processTag, p.watch.Name}
	watched.put(func(metric string, v float64) { put(metric, Engine, v, tag) }, total)
	return readings, watched.processes > 0
}

// next is the share of the processors' time that was used since the call before.
func (h *hostTimes) next(ctx context.Context) (percent float64, ok bool) {
	all, err := cpu.TimesWithContext(ctx, false)
	if err != nil || len(all) == 0 {
		return 0, false
	}
	t := &all[0]
	idle := t.Idle + t.Iowait
	// Guests' time is in that of users already.
	now := hostTimes{total: t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal + idle}
	now.busy = now.total - idle
	before := *h
	*h = now
	if before.total == 0 || now.total <= before.total {
		return 0, false
	}
	return min(100, max(0, 100*(now.busy-before.busy)/(now.total-before.total))), true
}

// usage is what some processes use together. Numbers are -1 where unknown.
type usage struct {
	processes  int
	cpuPercent float64
	memoryMB   float64
}

// put hands over what is known; total is the machine's memory in bytes, 0 unknown.
func (u *usage) put(put func(metric string, value float64), total float64) {
	if u.cpuPercent >= 0 {
		put(CPUPercent, u.cpuPercent)
	}
	if u.memoryMB >= 0 {
		put(MemoryMB, u.memoryMB)
		if total > 0 {
			put(MemoryPercent, 100*u.memoryMB*mebibyte/total)
		}
	}
}

// group remembers the processor seconds of processes between readings.
type group struct {
	at    time.Time
	known map[int32]seen
}

// seen is a process at the reading before. A pid that is used again has
// another time of creation.
type seen struct {
	createdMs int64
	seconds   float64
}

func newGroup() *group { return &group{known: map[int32]seen{}} }

// read measures the processes that still live.
func (g *group) read(ctx context.Context, pids []int32, now time.Time) usage {
	u := usage{cpuPercent: -1, memoryMB: -1}
	known := make(map[int32]seen, len(pids))
	used, compared := 0.0, false
	for _, pid := range pids {
		next, memory, err := measure(ctx, pid)
		if err != nil {
			continue // it has ended, or is not ours to look at
		}
		u.processes++
		u.memoryMB = max(0, u.memoryMB) + memory/mebibyte
		if before, ok := g.known[pid]; ok && before.createdMs == next.createdMs {
			used, compared = used+max(0, next.seconds-before.seconds), true
		}
		known[pid] = next
	}
	if elapsed := now.Sub(g.at).Seconds(); compared && elapsed > 0 {
		u.cpuPercent = min(100, 100*used/elapsed/float64(runtime.NumCPU()))
	}
	g.at, g.known = now, known
	return u
}

func measure(ctx context.Context, pid int32) (s seen, memoryBytes float64, err error) {
	p, err := process.NewProcessWithContext(ctx, pid)
	if err != nil {
		return seen{}, 0, fmt.Errorf("process %d: %w", pid, err)
	}
	created, err := p.CreateTimeWithContext(ctx)
	if err != nil {
		return seen{}, 0, fmt.Errorf("process %d: %w", pid, err)
	}
	times, err := p.TimesWithContext(ctx)
	if err != nil {
		return seen{}, 0, fmt.Errorf("process %d: %w", pid, err)
	}
	memory, err := p.MemoryInfoWithContext(ctx)
	if err != nil {
		return seen{}, 0, fmt.Errorf("process %d: %w", pid, err)
	}
	return seen{created, times.User + times.System}, float64(memory.RSS), nil
}
