package engine

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/resource"
)

// Bounds of what is kept of the use of steps.
const (
	useMinutes     = 60
	useWorkflows   = 1_000 // of one organisation; the use of further ones is not counted
	spendersChunk  = 256   // executions read under one lock
	consumersShown = 100
)

// Consumer is what one workflow used in a window (B-87). CPUPercent and
// MemoryMb are averages over the time in which steps with a known value ran,
// those of steps side by side summed; null where no engine said any.
// SharePercent is the part of all workflows' use by Consumers.Basis.
type Consumer struct {
	WorkflowID   string   `json:"workflowId"`
	WorkflowName string   `json:"workflowName"`
	CPUPercent   *float64 `json:"cpuPercent"`
	MemoryMb     *float64 `json:"memoryMb"`
	SharePercent *float64 `json:"sharePercent"`
	StepSeconds  float64  `json:"stepSeconds"`
}

// Bases of a ranking.
const (
	BasisCPU         = "cpu"
	BasisStepSeconds = "stepSeconds" // no engine said any CPU: by how long steps ran
)

// Consumers are the workflows that use most, first.
type Consumers struct {
	Basis string     `json:"basis"`
	Items []Consumer `json:"items"`
}

// spent is the use of one step.
type spent struct {
	workflowID string
	execution.Spent
}

// minuteUse is what the steps of a workflow used within one minute.
type minuteUse struct {
	minute   int64
	stepMs   float64
	cpu, mem usage
}

// usage is what steps used of one thing whose amount was known.
type usage struct {
	sumMs   float64 // percent or MB times ms
	knownMs float64 // of all steps, also side by side
	cells   uint64  // a bit for each second in whose middle some step ran
}

func (m *usage) add(value, ms float64, cells uint64) {
	if value != execution.Unknown {
		m.sumMs, m.knownMs, m.cells = m.sumMs+value*ms, m.knownMs+ms, m.cells|cells
	}
}

// workflowUse is a ring of minutes.
type workflowUse [useMinutes]minuteUse

// add spreads what a step used between two times, in ms, over the minutes that
// the ring still has at the time now.
func (u *workflowUse) add(from, to, now int64, s *execution.Spent) {
	const minuteMs = 60_000
	to = min(to, now)
	from = max(from, (now/minuteMs-useMinutes+1)*minuteMs)
	for from < to {
		minute := from / minuteMs
		end := min(to, (minute+1)*minuteMs)
		m := &u[minute%useMinutes]
		if m.minute != minute {
			*m = minuteUse{minute: minute}
		}
		ms := float64(end - from)
		cells := middlesBetween(from-minute*minuteMs, end-minute*minuteMs)
		m.stepMs += ms
		m.cpu.add(s.CPUPercent, ms, cells)
		m.mem.add(s.MemoryMB, ms, cells)
		from = end
	}
}

// middlesBetween has a bit for each second of a minute whose middle lies
// between the times: of many short steps one after another each second finds one.
func middlesBetween(fromMs, toMs int64) uint64 {
	const half = 500
	first, end := (fromMs+half)/1000, (toMs+half)/1000
	return (1<<(end-first) - 1) << first
}

// totals are a workflow's use in a window.
type totals struct {
	stepMs   float64
	cpu, mem amount
}

// amount is the use of one thing; ranMs is for how long some step used it.
type amount struct{ sumMs, knownMs, ranMs float64 }

func (s *amount) add(m *usage) {
	s.sumMs, s.knownMs = s.sumMs+m.sumMs, s.knownMs+m.knownMs
	s.ranMs += float64(bits.OnesCount64(m.cells)) * 1000
}

// average is the use while it ran, nil when it is not known. Steps that are
// too short to be found in any second are taken to run one after another.
func (s *amount) average() *float64 {
	if s.knownMs == 0 {
		return nil
	}
	ran := min(s.ranMs, s.knownMs)
	if ran == 0 {
		ran = s.knownMs
	}
	v := resource.Rounded(s.sumMs / ran)
	return &v
}

func (u *workflowUse) since(minute int64) (all totals) {
	for i := range u {
		if m := &u[i]; m.minute >= minute && m.stepMs > 0 {
			all.stepMs += m.stepMs
			all.cpu.add(&m.cpu)
			all.mem.add(&m.mem)
		}
	}
	return all
}

// consumption is what steps that ended used in the last hour. It is in memory
// only and begins with the start of the process. Safe for concurrent use.
type consumption struct {
	mu        sync.Mutex // guards workflows
	workflows map[string]*workflowUse
}

func newConsumption() *consumption { return &consumption{workflows: map[string]*workflowUse{}} }

func (c *consumption) add(all []spent, now int64) {
	if len(all) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	addSpent(c.workflows, all, now)
}

func addSpent(workflows map[string]*workflowUse, all []spent, now int64) {
	for i := range all {
		s := &all[i]
		if !s.StartedAt.Present() || s.EndedAt.Ms() < now-time.Hour.Milliseconds() {
			continue
		}
		u := workflows[s.workflowID]
		if u == nil {
			if len(workflows) >= useWorkflows && !dropIdle(workflows, now) {
				continue
			}
			u = &workflowUse{}
			workflows[s.workflowID] = u
		}
		u.add(s.StartedAt.Ms(), s.EndedAt.Ms(), now, &s.Spent)
	}
}

// dropIdle makes room and reports whether it did.
func dropIdle(workflows map[string]*workflowUse, now int64) bool {
	before := len(workflows)
	for id, u := range workflows {
		if all := u.since(now/60_000 - useMinutes + 1); all.stepMs == 0 {
			delete(workflows, id)
		}
	}
	return len(workflows) < before
}

// copied returns copies of what is not older than the minute.
func (c *consumption) copied(minute int64) map[string]*workflowUse {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]*workflowUse, len(c.workflows))
	for id, u := range c.workflows {
		if all := u.since(minute); all.stepMs > 0 {
			same := *u
			out[id] = &same
		}
	}
	return out
}

// spend notes what an event says that steps have used for good.
func (k *work) spend(x *execution.Execution, e *execution.Event) {
	if e.ReceivedAt.Ms()-e.Timestamp.Ms() > time.Hour.Milliseconds() {
		return // an imported log: no window reaches back so far
	}
	switch e.Type {
	case execution.StepCompleted, execution.StepFailed:
		if s, ok := x.Spent(e.StepID); ok && s.EndedAt.Present() {
			k.spent = append(k.spent, spent{e.WorkflowID, s})
		}
	case execution.ExecutionCompleted, execution.ExecutionFailed, execution.ExecutionCancelled:
		x.Spending(func(s execution.Spent) {
			s.EndedAt = e.Timestamp
			k.spent = append(k.spent, spent{e.WorkflowID, s})
		})
	}
}

// Consumers ranks the workflows by what their steps used within the window, to
// the minute: at most an hour, and since the start of the process for steps
// that have ended. A step that runs counts for one refresh at least.
func (t *Tenant) Consumers(window time.Duration) Consumers {
	now := t.engine.now().UnixMilli()
	oldest := now/60_000 - int64(window/time.Minute) + 1
	used := t.consumption.copied(oldest)
	addSpent(used, t.spending(now), now)
	sums := make(map[string]totals, len(used))
	basis, whole := BasisStepSeconds, totals{}
	for id, u := range used {
		s := u.since(oldest)
		sums[id] = s
		whole.cpu.sumMs, whole.stepMs = whole.cpu.sumMs+s.cpu.sumMs, whole.stepMs+s.stepMs
		if s.cpu.knownMs > 0 {
			basis = BasisCPU
		}
	}
	out := Consumers{Basis: basis, Items: make([]Consumer, 0, len(sums))}
	t.view.RLock()
	for id, s := range sums {
		name := t.nameOf(&execution.Summary{WorkflowID: id})
		out.Items = append(out.Items, newConsumer(id, name, &s, basis, &whole))
	}
	t.view.RUnlock()
	slices.SortFunc(out.Items, compareConsumers)
	out.Items = out.Items[:min(len(out.Items), consumersShown)]
	return out
}

func newConsumer(id, name string, s *totals, basis string, whole *totals) Consumer {
	c := Consumer{
		WorkflowID: id, WorkflowName: name, StepSeconds: math.Round(s.stepMs/100) / 10,
		CPUPercent: s.cpu.average(), MemoryMb: s.mem.average(),
	}
	part, of := s.stepMs, whole.stepMs
	if basis == BasisCPU {
		part, of = s.cpu.sumMs, whole.cpu.sumMs
	}
	if of > 0 && (basis == BasisStepSeconds || c.CPUPercent != nil) {
		share := resource.Rounded(100 * part / of)
		c.SharePercent = &share
	}
	return c
}

// compareConsumers puts those first that use most; what is unknown comes last.
func compareConsumers(a, b Consumer) int {
	of := func(p *float64) float64 {
		if p == nil {
			return -1
		}
		return *p
	}
	return cmp.Or(cmp.Compare(of(b.SharePercent), of(a.SharePercent)),
		cmp.Compare(b.StepSeconds, a.StepSeconds), cmp.Compare(a.WorkflowID, b.WorkflowID))
}

// spending is what the steps that run have used until now. It holds up the
// writer for one chunk of executions at a time.
func (t *Tenant) spending(now int64) (out []spent) {
	var running []string
	t.view.RLock()
	for id, l := range t.shown {
		if l.Status == execution.Running {
			running = append(running, id)
		}
	}
	t.view.RUnlock()
	until := execution.At(time.UnixMilli(now))
	atLeast := execution.At(time.UnixMilli(now).Add(-resource.SampleEvery))
	for chunk := range slices.Chunk(running, spendersChunk) {
		t.state.RLock()
		for _, id := range chunk {
			en := t.entries[id]
			if en == nil || en.sum.status != execution.Running {
				continue
			}
			en.x.Spending(func(s execution.Spent) {
				if s.StartedAt.Present() {
					s.StartedAt, s.EndedAt = min(s.StartedAt, atLeast), until
					out = append(out, spent{en.sum.workflowID, s})
				}
			})
		}
		t.state.RUnlock()
	}
	return out
}
