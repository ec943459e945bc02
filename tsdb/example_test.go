package tsdb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"flowwatch/kv"
	"flowwatch/tsdb"
)

// Ten runs of a workflow, each the next hour, of 100 to 1,000 ms.
func Example() {
	dir, err := os.MkdirTemp("", "tsdb")
	check(err)
	defer os.RemoveAll(dir)
	store, err := kv.Open(filepath.Join(dir, "flowwatch.db"), kv.Options{})
	check(err)
	db, err := tsdb.Open(store, tsdb.Options{Segments: filepath.Join(dir, "segments")})
	check(err)
	tenant, err := store.Scope("office")
	check(err)
	scope := db.Scope(tenant)

	runs, err := tsdb.NewLabels("execution.duration_ms", "workflow", "vat")
	check(err)
	from := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	var b tsdb.Batch
	for i := range 10 {
		at := from.Add(time.Duration(i) * time.Hour).UnixMilli()
		check(b.Put(runs, tsdb.NewPointID("run", fmt.Sprint(i)), tsdb.Point{At: at, Value: float64(100 * (i + 1))}))
	}
	check(store.Update(func(tx *kv.Tx) error {
		_, err := scope.Apply(tx, &b)
		return err
	}))

	bounds, err := tsdb.Intervals(from.UnixMilli(), from.UnixMilli()+1, 24*time.Hour)
	check(err)
	days, err := scope.Summarize([]tsdb.Labels{runs}, bounds, 50, 95, 99)
	check(err)
	fmt.Println(runs, days[0].Count, days[0].Mean(), days[0].Percentiles)
	check(db.Close())
	check(store.Close())
	// Output: execution.duration_ms{workflow="vat"} 10 550 [500 950 990]
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
