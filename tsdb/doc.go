// Package tsdb is the room of the series store: the values of executions, steps and resources over time, by tenant and label.
//
// It is empty on purpose. Its place between engine and kv is fixed by the import arrows (cmd/flowwatch/imports_test.go), so that
// whatever moves in may use kv and must know neither workflows nor HTTP.
package tsdb
