package ingest

// field is one of the names that an event may have.
type field uint8

// In the order of their names: derived event ids depend on it.
const (
	fieldAttempt field = iota
	fieldClientRef
	fieldCPUUsagePercent
	fieldDeadline
	fieldDurationMs
	fieldError
	fieldEventID
	fieldExecutionID
	fieldInput
	fieldInputSizeBytes
	fieldMemoryUsageMb
	fieldMetadata
	fieldOutput
	fieldOutputSizeBytes
	fieldPriority
	fieldProgress
	fieldRetryOf
	fieldStepID
	fieldStepName
	fieldSteps
	fieldTags
	fieldTimedOut
	fieldTimestamp
	fieldType
	fieldWorkflowID
	fieldWorkflowName
	fieldWorkflowVersion
	fieldCount
	fieldUnknown = fieldCount
)

var fieldNames = [fieldCount]string{
	"attempt", "clientRef", "cpuUsagePercent", "deadline", "durationMs", "error", "eventId", "executionId", "input",
	"inputSizeBytes", "memoryUsageMb", "metadata", "output", "outputSizeBytes", "priority", "progress", "retryOf",
	"stepId", "stepName", "steps", "tags", "timedOut", "timestamp", "type", "workflowId", "workflowName", "workflowVersion",
}

// fields are the values of an event's known members; of repeated ones the last.
type fields [fieldCount]value

// fieldOf is a switch because the compiler makes a search of it that neither
// hashes nor allocates.
func fieldOf(name []byte) field {
	switch string(name) {
	case "attempt":
		return fieldAttempt
	case "clientRef":
		return fieldClientRef
	case "cpuUsagePercent":
		return fieldCPUUsagePercent
	case "deadline":
		return fieldDeadline
	case "durationMs":
		return fieldDurationMs
	case "error":
		return fieldError
	case "eventId":
		return fieldEventID
	case "executionId":
		return fieldExecutionID
	case "input":
		return fieldInput
	case "inputSizeBytes":
		return fieldInputSizeBytes
	case "memoryUsageMb":
		return fieldMemoryUsageMb
	case "metadata":
		return fieldMetadata
	case "output":
		return fieldOutput
	case "outputSizeBytes":
		return fieldOutputSizeBytes
	}
	return laterFieldOf(name)
}

func laterFieldOf(name []byte) field {
	switch string(name) {
	case "priority":
		return fieldPriority
	case "progress":
		return fieldProgress
	case "retryOf":
		return fieldRetryOf
	case "stepId":
		return fieldStepID
	case "stepName":
		return fieldStepName
	case "steps":
		return fieldSteps
	case "tags":
		return fieldTags
	case "timedOut":
		return fieldTimedOut
	case "timestamp":
		return fieldTimestamp
	case "type":
		return fieldType
	case "workflowId":
		return fieldWorkflowID
	case "workflowName":
		return fieldWorkflowName
	case "workflowVersion":
		return fieldWorkflowVersion
	}
	return fieldUnknown
}

// begin forgets the item before.
func (d *decoder) begin() { d.fields, d.outline, d.native = fields{}, d.outline[:0], false }

// members reads the object at s.at into d.fields. Unknown names are skipped.
// Of an item of another format it reads an outline instead, and into d.fields
// what the member holds that may be an event.
func (d *decoder) members(depth int, outline bool) bool {
	depth++
	d.deepest = max(d.deepest, depth)
	d.at++
	if d.space(); d.next('}') {
		return true
	}
	for {
		d.space()
		name, escaped, ok := d.key()
		if !ok {
			return false
		}
		if escaped {
			name = unquoted(name)
		}
		v, ok := d.member(name, depth, outline)
		if !ok {
			return false
		}
		if outline {
			d.outline = append(d.outline, outlined{name, v})
		} else if f := fieldOf(name); f != fieldUnknown {
			d.fields[f] = v
		}
		d.space()
		if d.next('}') {
			return true
		}
		if !d.next(',') {
			return false
		}
	}
}

// member reads the value of a member.
func (d *decoder) member(name []byte, depth int, outline bool) (value, bool) {
	if !outline || string(name) != d.format.Native {
		return d.skip(depth)
	}
	d.fields, d.native = fields{}, d.at < len(d.data) && d.data[d.at] == '{'
	if !d.native {
		return d.skip(depth)
	}
	v := value{start: d.at, kind: object}
	ok := d.members(depth, false)
	v.end = d.at
	return v, ok
}
