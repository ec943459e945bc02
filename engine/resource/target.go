package resource

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// searchEvery is how often processes are looked for by name while some are
// known; without any they are looked for at each reading.
const searchEvery = 30 * time.Second

const targetBytesMax = 64

// Target names the processes of an engine: one by its pid, or all that have a
// name, which then count together.
type Target struct {
	Name     string // as it was given
	pid      int32  // 0: by name
	pids     []int32
	searched time.Time
	group    *group
}

// ParseTarget reads a pid or the name of a program, without its path. What is
// neither is an error.
func ParseTarget(text string) (*Target, error) {
	t := &Target{Name: text, group: newGroup()}
	if pid, err := strconv.ParseInt(text, 10, 32); err == nil {
		if pid <= 0 {
			return nil, fmt.Errorf("%s is no process id", text)
		}
		t.pid = int32(pid)
		return t, nil
	}
	if text == "" || len(text) > targetBytesMax || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '/' }) {
		return nil, fmt.Errorf("%q is neither a process id nor the name of a program of at most %d bytes", text, targetBytesMax)
	}
	return t, nil
}

// read measures the processes that are there now.
func (t *Target) read(ctx context.Context, now time.Time) usage {
	if t.pid != 0 {
		return t.group.read(ctx, []int32{t.pid}, now)
	}
	if len(t.pids) == 0 || now.Sub(t.searched) >= searchEvery {
		t.search(ctx, now)
	}
	u := t.group.read(ctx, t.pids, now)
	if u.processes == 0 {
		t.pids = nil
	}
	return u
}

func (t *Target) search(ctx context.Context, now time.Time) {
	t.pids, t.searched = nil, now
	all, err := process.PidsWithContext(ctx)
	if err != nil {
		return
	}
	for _, pid := range all {
		p, err := process.NewProcessWithContext(ctx, pid)
		if err != nil {
			continue
		}
		if name, err := p.NameWithContext(ctx); err == nil && strings.TrimSuffix(name, ".exe") == strings.TrimSuffix(t.Name, ".exe") {
			t.pids = append(t.pids, pid)
		}
	}
}
