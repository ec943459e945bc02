package audit

// Limits are the limits of the audit, as clients are told them.
func Limits() map[string]int {
	return map[string]int{"auditExamined": examinedMax, "auditDetailsBytes": detailsBytesMax}
}
