package promql

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// guard refuses expressions that would take much memory before the engine counts any of their samples. window is from the first evaluation to the last.
func guard(text string, window time.Duration) error {
	if err := guardPatterns(text); err != nil {
		return err
	}
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return &Error{Kind: BadData, cause: err}
	}
	return guardNode(expression, window, 1)
}

// guardNode looks at a part of an expression: within windows of subqueries around it, and functions around it that make labels so many times longer.
func guardNode(n parser.Node, window time.Duration, longer int) error {
	switch e := n.(type) {
	case *parser.SubqueryExpr:
		step := e.Step
		if step == 0 {
			step = subqueryStep
		}
		// Both are at most 292 years, so the sum may not fit.
		if window += e.Range; window < 0 || window/step >= subqueryStepsMax {
			return &Error{Kind: Execution, cause: fmt.Errorf("a subquery has more than %d steps", subqueryStepsMax)}
		}
	case *parser.Call:
		if longer *= growth(e); longer > labelGrowthMax {
			return &Error{Kind: Execution, cause: fmt.Errorf("labels would become more than %d times as long", labelGrowthMax)}
		}
	}
	for child := range parser.ChildrenIter(n) {
		if err := guardNode(child, window, longer); err != nil {
			return err
		}
	}
	return nil
}

// growth is how many labels a function may put into one.
func growth(e *parser.Call) int {
	const literals = 3 // label_join(v, into, separator, from…), label_replace(v, into, replacement, from, pattern)
	switch {
	case e.Func.Name == "label_join":
		return max(1, len(e.Args)-literals)
	case e.Func.Name == "label_replace" && len(e.Args) > 2:
		if replacement, ok := e.Args[2].(*parser.StringLiteral); ok {
			return max(1, strings.Count(replacement.Val, "$"))
		}
	}
	return 1
}
