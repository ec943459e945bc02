// Package tsdb keeps values over time, by organisation, labels and UTC day, in a kv.DB.
//
// A series is a metric with labels; a point is a time in Unix milliseconds and a finite number, and has an id that its writer gives it. Writers
// gather changes in a Batch and apply it within their own transaction, so that points are durable together with what they were
// computed from:
//
//	var b tsdb.Batch
//	err := b.Put(labels, tsdb.NewPointID(execution, step, attempt), tsdb.Point{At: ms, Value: v})
//	err = store.Update(func(tx *kv.Tx) error { _, err := scope.Apply(tx, &b); return err })
//
// A point is named by series, day and id. Putting it again replaces it, so a repeated batch changes nothing; moving it to another day is a deletion
// there and a put here. Time of arrival means nothing: late points of any age are as good as others, and equal times of different
// points are all kept.
//
// Whatever percentiles are asked for is a series of its own: the durations of a workflow's runs at their starts, say, and those of all the organisation's
// runs in another. Several may be summed up together.
//
// What is stored of a series' day is one entry: its points ordered by value, and stats of its hours. So percentiles are exact and read a few values of
// each day (Scope.Summarize); sums of hours and days are read, not computed; finer buckets, and those that local days and offsets of half
// an hour cut, are computed from the points. Rollups are a part of the entry and are replaced with it: nothing is ever incremented. Batches themselves
// are stored as chunks, which readers merge with the entries and a fold turns into entries later. FORMAT.md draws all of it.
//
// A day that was quiet for ten minutes is sealed: a copy of its points, ordered by time, becomes an immutable directory of tstorage, which queries of
// few series read instead, where the day is not big. A segment is built once, read back, summed and named in the database; when it cannot be read, or is not what its sum
// says, entries answer and it is built again. Nothing depends on it, and a backup may leave it out.
//
// Several questions about the same series and time are asked within one Scope.Read: their answers agree, and entries are read once. Sparse ranges of any
// length are walked by hours, Snapshot.Hours, at the cost of what is in them.
//
// # Concurrency
//
// A DB and its Scopes are safe for concurrent use. Apply runs in the caller's transaction and is seen by others after its commit. Every query
// reads one state of the database, the last commit, and holds a read transaction for as long as it runs. Folding and sealing
// change no answer, and wait for no writer or reader of points longer than for a transaction. A Batch belongs to one goroutine; Labels and Matchers are immutable.
//
// The package knows no workflow, and no label but the metric's name. Personal data never becomes a label: see Labels.
package tsdb
