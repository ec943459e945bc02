package n8n

import (
	"slices"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// Limits of a workflow whose nodes are shown before they run.
const (
	nodesMax = 1_000
	linksMax = 10_000
)

// graph is a workflow: which nodes a node's output goes to, in order.
type graph map[string][]string

// plan is what a run will do that begins with the node: all nodes that data
// can flow to from there, each after those that it takes its data from. nil:
// the workflow is not said, or too large.
func plan(i *ingest.Item, workflow ingest.Value, first []byte) []execution.PlanStep {
	g, ok := readGraph(workflow.Of("connections"))
	if !ok || len(first) == 0 {
		return nil
	}
	order := g.order(string(first))
	if len(order) < 2 || len(order) > nodesMax {
		return nil
	}
	steps := make([]execution.PlanStep, len(order))
	place := make(map[string]int, len(order))
	ids := make(map[string]struct{}, len(order))
	for k, node := range order {
		steps[k] = execution.PlanStep{StepID: i.StepID([]byte(node)), Name: i.Name([]byte(node))}
		place[node], ids[steps[k].StepID] = k, struct{}{}
	}
	if len(ids) < len(steps) {
		return nil // names that look the same as ids
	}
	for k, node := range order {
		for _, next := range g[node] {
			to := &steps[place[next]]
			// A link back is a loop: what it leads to does not wait for it. A second link between two nodes says nothing new.
			if n := len(to.DependsOn); place[next] > k && (n == 0 || to.DependsOn[n-1] != steps[k].StepID) {
				to.DependsOn = append(to.DependsOn, steps[k].StepID)
			}
		}
	}
	return steps
}

// readGraph reads the links by which items flow; others join tools to agents.
func readGraph(connections ingest.Value) (graph, bool) {
	if !connections.IsObject() {
		return nil, false
	}
	g, links := graph{}, 0
	connections.Members(func(node []byte, byType ingest.Value) {
		byType.Of("main").Elements(func(output ingest.Value) bool {
			output.Elements(func(link ingest.Value) bool {
				if next := link.Of("node").Text(); len(next) > 0 {
					g[string(node)] = append(g[string(node)], string(next))
				}
				links++
				return links <= linksMax
			})
			return links <= linksMax
		})
	})
	return g, links <= linksMax
}

// order is the nodes that can be reached, none before one that leads to it
// unless in a loop; what stands first in the workflow stands first.
func (g graph) order(first string) []string {
	type visit struct {
		node string
		left int // links that were not followed yet, the last first
	}
	seen := map[string]struct{}{first: {}}
	stack := []visit{{first, len(g[first])}}
	var backward []string
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.left == 0 {
			backward = append(backward, top.node)
			stack = stack[:len(stack)-1]
			continue
		}
		top.left--
		next := g[top.node][top.left]
		if _, again := seen[next]; !again {
			seen[next] = struct{}{}
			stack = append(stack, visit{next, len(g[next])})
		}
	}
	slices.Reverse(backward)
	return backward
}
