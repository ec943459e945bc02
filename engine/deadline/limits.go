package deadline

// Limits are the limits of a rule and of a file of rules, as clients are told them.
func Limits() map[string]int {
	return map[string]int{
		"deadlineRulesOfFile": rulesMax, "deadlineRuleIdBytes": idBytesMax, "deadlineTextRunes": textRunesMax, "deadlineNameRunes": nameRunesMax,
		"deadlineListItems": listMax, "deadlineExceptions": exceptionsMax, "deadlineHolidays": holidaysMax, "deadlineExtraDays": extraDaysMax,
		"deadlineYearMin": yearMin, "deadlineYear": yearMax, "deadlineYearsAfter": yearsAfterMax, "deadlineYearsBefore": yearsBeforeMax,
	}
}
