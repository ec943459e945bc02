package alert

// History is how the runs of one workflow ended lately, as rules need it.
type History struct{}
