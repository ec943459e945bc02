package ingest

// Limits are the limits of what engines send, as clients are told them: counts, bytes, runes.
func Limits() map[string]int {
	return map[string]int{
		"eventsPerRequest": EventsMax, "translatedEventsPerRequest": translatedMax, "bodyBytes": BodyBytesMax, "eventBytes": EventBytesMax, "samplesPerRequest": SamplesMax,
		"stepsPerExecution": StepsMax, "nestingDepth": depthMax, "nameRunes": NameRunesMax, "tagsPerExecution": TagsMax, "tagRunes": TagRunesMax,
		"metadataBytes": metadataBytesMax, "metadataKeys": metadataKeysMax, "errorBytes": errorBytesMax, "stackBytes": stackBytesMax,
		"attempt": AttemptMax, "clockAheadMs": int(aheadMax.Milliseconds()), "sampleTags": sampleTagsMax,
		"sampleNameBytes": sampleNameMax, "sampleTagNameBytes": sampleTagNameMax, "idBytes": idBytesMax, "originBytes": originBytesMax,
	}
}
