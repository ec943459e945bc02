package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

func waiting(t *Tenant, events, bytes int) *request {
	return &request{tenant: t, parcels: make([]parcel, events), bytes: bytes, done: make(chan struct{})}
}

func TestOrganisationsAreServedInTurn(t *testing.T) {
	t.Parallel()
	q := newIntake()
	busy, calm := &Tenant{organization: &organization{id: "busy"}}, &Tenant{organization: &organization{id: "calm"}}
	for range 100 {
		require.NoError(t, q.put(waiting(busy, 100, 1)))
	}
	require.NoError(t, q.put(waiting(calm, 1, 1)))
	batch := q.take(nil)
	require.Same(t, calm, batch[1].tenant, "the one request of the calm one is second, not last")
	events := 0
	for _, r := range batch {
		events += len(r.parcels)
	}
	require.LessOrEqual(t, events, commitEventsMax)
	require.NotEmpty(t, q.wake, "the rest is announced again")
}

func TestOneOrganisationCannotFillTheQueue(t *testing.T) {
	t.Parallel()
	q := newIntake()
	busy, calm := &Tenant{organization: &organization{id: "busy"}}, &Tenant{organization: &organization{id: "calm"}}
	const mib = 1 << 20
	taken := 0
	for q.put(waiting(busy, 1, mib)) == nil {
		taken++
	}
	require.Equal(t, intakeTenantBytesMax/mib, taken)
	require.Equal(t, fault.Exhausted, fault.Of(q.put(waiting(busy, 1, mib))).Kind)
	require.NoError(t, q.put(waiting(calm, 1, mib)))
}

func TestALargeRequestGoesAlone(t *testing.T) {
	t.Parallel()
	q := newIntake()
	tenant := &Tenant{}
	require.NoError(t, q.put(waiting(tenant, 10, 1)))
	require.NoError(t, q.put(waiting(tenant, commitEventsMax, 1)))
	require.Len(t, q.take(nil), 1)
	require.Len(t, q.take(nil), 1)
	require.Empty(t, q.take(nil))
	require.Zero(t, q.depth())
}

func TestAClosedQueueRefuses(t *testing.T) {
	t.Parallel()
	q := newIntake()
	q.close()
	require.Equal(t, fault.Unavailable, fault.Of(q.put(waiting(&Tenant{}, 1, 1))).Kind)
}
