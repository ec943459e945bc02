package logbook

// Limits are the limits of the log that is shown, as clients are told them.
func Limits() map[string]int {
	return map[string]int{"logRecords": RecordsMax, "logBytes": bytesMax, "logTextBytes": textBytesMax}
}
