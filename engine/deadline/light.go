package deadline

// How near a deadline is, as the traffic light of the page shows it.
const (
	LightGrey  = "grey"  // more than 10 working days
	LightBlue  = "blue"  // 10 or fewer
	LightAmber = "amber" // 5 or fewer
	LightRed   = "red"   // 2 or fewer, or 5 or fewer and something failed
	LightBlack = "black" // over
)

// Light is the colour of an obligation with so many working days left to ActBy.
func (o *Occurrence) Light(today Day, left int, failed bool) string {
	const far, near, soon = 10, 5, 2
	switch {
	case today > o.Due:
		return LightBlack
	case today > o.ActBy, left <= soon, failed && left <= near:
		return LightRed
	case left <= near:
		return LightAmber
	case left <= far:
		return LightBlue
	}
	return LightGrey
}
