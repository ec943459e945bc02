package execution

// Status is the state of an execution.
type Status uint8

// The states. The last three are terminal: nothing leads out of them, unless the end was concluded.
const (
	Pending Status = iota
	Running
	Waiting
	Completed
	Failed
	Cancelled
)

var statusNames = [...]string{"pending", "running", "waiting", "completed", "failed", "cancelled"}

// String is the state's name in the API.
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// Terminal reports whether the execution has ended.
func (s Status) Terminal() bool { return s >= Completed }

// ParseStatus finds a state by its name in the API.
func ParseStatus(name string) (Status, bool) {
	i, ok := indexOf(statusNames[:], name)
	return Status(i), ok
}

// StepStatus is the state of a step.
type StepStatus uint8

// The states of a step. Their names differ from those of the events.
const (
	Planned  StepStatus = iota // not begun
	Active                     // running
	Retrying                   // its attempt failed, or the next is announced
	Done                       // completed
	Broken                     // failed
	Skipped
)

var stepStatusNames = [...]string{"pending", "running", "retrying", "completed", "failed", "skipped"}

// String is the state's name in the API.
func (s StepStatus) String() string { return nameOf(stepStatusNames[:], int(s)) }

// Open reports whether the step is being worked on.
func (s StepStatus) Open() bool { return s == Active || s == Retrying }

// counts reports whether the step is one that is done (B-31).
func (s StepStatus) counts() bool { return s == Done || s == Skipped }

// Priority is how urgent an execution is. None means that nobody said, and is
// shown as NORMAL.
type Priority uint8

// The priorities.
const (
	PriorityNone Priority = iota
	High
	Normal
	Low
)

var priorityNames = [...]string{"NORMAL", "HIGH", "NORMAL", "LOW"}

// String is the priority's name in the API.
func (p Priority) String() string { return nameOf(priorityNames[:], int(p)) }

// ParsePriority finds one of the three by its name in the API.
func ParsePriority(name string) (Priority, bool) {
	i, ok := indexOf(priorityNames[High:], name)
	return High + Priority(i), ok
}

func nameOf(names []string, i int) string {
	if i >= len(names) {
		return "unknown"
	}
	return names[i]
}

func indexOf(names []string, name string) (int, bool) {
	for i, n := range names {
		if n == name {
			return i, true
		}
	}
	return 0, false
}
