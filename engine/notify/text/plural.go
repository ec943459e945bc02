package text

import "math"

// category is a plural category of CLDR.
type category string

const (
	one   category = "one"
	few   category = "few"
	many  category = "many"
	other category = "other"
)

// categories are what each language tells apart.
var categories = map[Language][]category{Polish: {one, few, many, other}, English: {one, other}}

// category is that of a number, by the cardinal rules of CLDR.
func (l Language) category(n float64) category {
	n = math.Abs(n)
	whole := n == math.Trunc(n)
	if l.known() == English {
		if n == 1 {
			return one
		}
		return other
	}
	ten, hundred := math.Mod(n, 10), math.Mod(n, 100)
	switch {
	case !whole:
		return other
	case n == 1:
		return one
	case ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14):
		return few
	}
	return many
}
