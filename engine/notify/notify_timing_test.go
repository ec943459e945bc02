package notify

import (
	"context"
	"fmt"
	"testing"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const benchRows = 10_000

// fillOutbox appends 10,000 rows to 100 targets, as due as age says.
func fillOutbox(b *bench, t alert.Transition, age time.Duration) {
	b.t.Helper()
	at := execution.At(time.Now().Add(-age))
	for i := 0; i < benchRows; i += 1000 {
		b.update(func(tx *kv.Tx) error {
			var rows []Row
			for j := i; j < i+1000; j++ {
				r := &alert.Record{ID: fmt.Sprintf("r%06d", j), Type: alert.ExecutionFailed, Severity: alert.Warning, TriggeredAt: at, Status: alert.Active}
				if err := testRecords.Replace(tx, b.office.scope, nil, r); err != nil {
					return err
				}
				rows = append(rows, Plan(r, t, 1, web(fmt.Sprint("target", j%100)), at)...)
			}
			return Append(tx, b.office.scope, rows)
		})
	}
}

// BenchmarkDrain sends 10,000 rows: after an outage, as digests; and one by one, each with its lease and its outcome.
func BenchmarkDrain(t *testing.B) {
	for name, c := range map[string]struct {
		transition alert.Transition
		age        time.Duration
	}{"digests": {alert.Triggered, time.Hour}, "singles": {alert.EscalatedUp, 0}} {
		t.Run(name, func(t *testing.B) {
			for range t.N {
				t.StopTimer()
				b := newBench(t)
				messages := make(chan struct{}, benchRows)
				b.office.senders[Webhook] = sendFunc(func(context.Context, Target, said) error {
					messages <- struct{}{}
					return nil
				})
				fillOutbox(b, c.transition, c.age)
				t.StartTimer()
				start := time.Now()
				b.run()
				for b.count(Queued)+b.count(Retrying)+b.count(Sending) > 0 {
					<-time.After(50 * time.Millisecond)
				}
				took := time.Since(start).Seconds()
				t.ReportMetric(benchRows/took, "rows/s")
				t.ReportMetric(float64(len(messages))/took, "messages/s")
				t.ReportMetric(float64(len(messages)), "messages")
				b.halt()
			}
		})
	}
}

// BenchmarkAppend writes an alert's three rows in a transaction of 100 alerts.
func BenchmarkAppend(t *testing.B) {
	b, n := newBench(t), 0
	to := append(append(mail("x@y.pl"), web("a")...), User("anna"))
	for t.Loop() {
		b.update(func(tx *kv.Tx) error {
			for range 100 {
				n++
				r := &alert.Record{ID: fmt.Sprint("r", n), Type: alert.ExecutionFailed, Severity: alert.Error}
				if err := Append(tx, b.office.scope, Plan(r, alert.Triggered, 0, to, execution.At(time.Now()))); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
