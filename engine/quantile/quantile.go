// Package quantile computes exact percentiles by linear interpolation of the
// empirical distribution, Hyndman–Fan type 4: the value at position n·p. For
// an odd number of values its median is below the usual one: 150 of 100, 200,
// 300 (B-01).
package quantile

// Method is the definition's name in the API.
const Method = "linear_ecdf"

// Of is the percentile, 0 to 100, of values in rising order: the least one
// before the first position, the greatest from the last on, 0 of none.
func Of[T int64 | float64](rising []T, percent int) float64 {
	n := len(rising)
	if n == 0 {
		return 0
	}
	position := n * percent // in hundredths, so that nothing drifts
	before, rest := position/100, position%100
	switch {
	case before < 1:
		return float64(rising[0])
	case before >= n:
		return float64(rising[n-1])
	}
	from, to := float64(rising[before-1]), float64(rising[before])
	return from + (to-from)*float64(rest)/100
}

// Mean is the average, 0 of none.
func Mean[T int64 | float64](values []T) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}
