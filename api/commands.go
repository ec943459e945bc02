package api

import (
	"context"
	"slices"

	"flowwatch/api/ingest"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
	"flowwatch/engine/feed"
)

// commands are the events of clients that are signed in. An error is answered.
var commands = map[string]func(k *guest, r *request) error{
	"auth":                  (*guest).signInAgain,
	"ping":                  (*guest).pinged,
	"subscribe":             (*guest).subscribe,
	"unsubscribe":           (*guest).unsubscribe,
	"subscribe:workflow":    (*guest).subscribeWorkflow,
	"subscribe:execution":   (*guest).subscribeExecution,
	"unsubscribe:workflow":  (*guest).unsubscribeWorkflow,
	"unsubscribe:execution": (*guest).unsubscribeExecution,
	"get:execution:status":  (*guest).getExecutionStatus,
	"get:queue:status":      (*guest).getQueueStatus,
}

func unknownCommand(*guest, *request) error { return errUnknownEvent }

// signIn takes the first message, which has to say who the client is (W2, W3).
// Whatever else comes first ends the socket.
func (k *guest) signIn(r *request, err error) {
	if err == nil {
		err = k.join(r)
	}
	if err != nil {
		k.turnAway(r, err)
	}
}

// turnAway refuses a sign-in, which ends the socket.
func (k *guest) turnAway(r *request, err error) {
	k.refuse(r, err)
	why := closingOf(err)
	if fault.Of(err).Kind == fault.Invalid {
		why = closedUnauthorized
	}
	k.end(why)
}

// join finds out who the client is and connects it to its organisation.
func (k *guest) join(r *request) error {
	p, err := k.prove(r)
	if err != nil {
		return err
	}
	tenant, err := k.server.tenantOf(p)
	if err != nil {
		return err
	}
	session, err := tenant.Connect(feed.Options{Principal: p.Who(), Limit: k.live.limit(p)})
	if err != nil {
		return err
	}
	k.principal, k.tenant, k.epoch = p, tenant, session.Epoch()
	k.belong(p, session, k.welcome(r))
	k.server.log.Debug("live connection opened", "principal", p.ID, "organization", p.OrganizationID)
	return nil
}

// signInAgain takes another proof before the one so far expires. It is as
// final as the first: a wrong one ends the socket. The place that it has
// stays counted for who took it.
func (k *guest) signInAgain(r *request) error {
	p, err := k.prove(r)
	if err != nil {
		k.turnAway(r, err)
		return nil
	}
	if p.OrganizationID != k.principal.OrganizationID || !slices.Equal(p.Clients, k.principal.Clients) ||
		k.mayRead() == nil && !p.Can(access.ReadMonitoring) {
		return errOtherSignIn
	}
	k.principal = p
	k.say(k.welcome(r), false)
	k.become(p)
	return nil
}

// welcome is the answer to a sign-in, before whose end the client will be warned.
func (k *guest) welcome(r *request) []byte {
	k.warnBefore(k.principal.ExpiresAt)
	return k.dialect.ack(r, authData{
		Success: true, UserID: k.principal.Who(), OrganizationID: k.principal.OrganizationID,
		Epoch: k.epoch, Seq: k.tenant.Seq(), ExpiresAt: instant(k.principal.ExpiresAt),
	})
}

// prove is identify with wrong proofs counted by address.
func (k *guest) prove(r *request) (access.Principal, error) {
	p, err := k.identify(r)
	if err == nil {
		return p, nil
	}
	if limit := k.live.failed(k.hands.address); limit != nil {
		return p, limit
	}
	return p, err
}

// identify reads a token, or without one takes the cookie of the handshake.
func (k *guest) identify(r *request) (access.Principal, error) {
	var in struct {
		Token *string `json:"token"`
	}
	if r.event != "auth" || r.read(&in) != nil {
		return access.Principal{}, access.ErrUnauthorized
	}
	switch {
	case in.Token != nil:
		return k.server.engine.Access().Authenticate(*in.Token)
	case k.hands.cookie != "":
		return k.server.engine.Access().Session(k.hands.cookie)
	}
	return access.Principal{}, access.ErrUnauthorized
}

// pinged answers clients that cannot send a WebSocket's own pings.
func (k *guest) pinged(r *request) error {
	k.answer(r, doneData{Success: true})
	return nil
}

// mayRead refuses principals that only feed.
func (k *guest) mayRead() error {
	if !k.principal.Can(access.ReadMonitoring) {
		return errForbidden
	}
	return nil
}

// subscribe is the general form: any topic, filtered, resumed or with a
// snapshot (W14).
func (k *guest) subscribe(r *request) error {
	var in interest
	if err := r.read(&in); err != nil {
		return err
	}
	filter, err := in.filter()
	if err != nil {
		return err
	}
	since, err := in.position()
	if err != nil {
		return err
	}
	return k.follow(feed.Request{Filter: filter, Since: since, Snapshot: in.Snapshot}, func(j feed.Joined) {
		k.answer(r, joinedData{
			Success: true, SubscriptionID: j.SubscriptionID, Seq: j.Seq, Epoch: j.Epoch, Mode: j.Mode, Recovered: j.Recovered,
		})
	})
}

// follow subscribes to what the client may see. ack is called before the first
// frame can be sent.
func (k *guest) follow(r feed.Request, ack func(feed.Joined)) error {
	if err := k.mayRead(); err != nil {
		return err
	}
	filter, err := own(k.tenant, r.Filter)
	if err != nil {
		return err
	}
	r.Filter = filter
	if err := k.session.Subscribe(r, ack); err != nil {
		return err
	}
	noteSubscription(k.tenant, k.principal, k.hands.address, r.Filter.Topic)
	k.server.log.Debug("live subscription", "principal", k.principal.ID, "organization", k.principal.OrganizationID,
		"type", r.Filter.Topic.String(), "workflow", r.Filter.WorkflowID, "execution", r.Filter.ExecutionID)
	return nil
}

func (k *guest) unsubscribe(r *request) error {
	var in struct {
		SubscriptionID *uint32 `json:"subscriptionId"`
		interest
	}
	if err := r.read(&in); err != nil {
		return err
	}
	if in.SubscriptionID != nil {
		k.session.Unsubscribe(*in.SubscriptionID)
	} else {
		filter, err := in.filter()
		if err != nil {
			return err
		}
		k.session.UnsubscribeFilter(whole(filter))
	}
	k.unsubscribed(r)
	return nil
}

// unsubscribed says that no more frames come, which is true from the answer on.
func (k *guest) unsubscribed(r *request) {
	k.say(k.dialect.ack(r, doneData{Success: true}), true)
}

// named reads the one id that the seed's events carry.
func (r *request) named(member string) (string, error) {
	var in map[string]any
	if err := r.read(&in); err != nil {
		return "", err
	}
	id, ok := in[member].(string)
	if !ok || !ingest.ValidID(id) {
		return "", invalidData("data."+member, "must be an id: 1 to 128 characters of A-Z a-z 0-9 . _ : -")
	}
	return id, nil
}

func (k *guest) subscribeWorkflow(r *request) error {
	id, err := r.named("workflowId")
	if err != nil {
		return err
	}
	return k.follow(feed.Request{Filter: feed.Filter{Topic: feed.ExecutionUpdates, WorkflowID: id}}, func(feed.Joined) {
		k.answer(r, doneData{Success: true})
	})
}

// subscribeExecution follows the execution and its steps, or neither.
func (k *guest) subscribeExecution(r *request) error {
	id, err := r.named("executionId")
	if err != nil {
		return err
	}
	whole := feed.Filter{Topic: feed.ExecutionUpdates, ExecutionID: id}
	if err := k.follow(feed.Request{Filter: whole}, func(feed.Joined) {}); err != nil {
		return err
	}
	err = k.follow(feed.Request{Filter: feed.Filter{Topic: feed.StepUpdates, ExecutionID: id}}, func(feed.Joined) {
		k.answer(r, doneData{Success: true})
	})
	if err != nil {
		k.session.UnsubscribeFilter(whole)
	}
	return err
}

func (k *guest) unsubscribeWorkflow(r *request) error {
	id, err := r.named("workflowId")
	if err != nil {
		return err
	}
	k.session.UnsubscribeFilter(feed.Filter{Topic: feed.ExecutionUpdates, WorkflowID: id})
	k.unsubscribed(r)
	return nil
}

func (k *guest) unsubscribeExecution(r *request) error {
	id, err := r.named("executionId")
	if err != nil {
		return err
	}
	k.session.UnsubscribeFilter(feed.Filter{Topic: feed.ExecutionUpdates, ExecutionID: id})
	k.session.UnsubscribeFilter(feed.Filter{Topic: feed.StepUpdates, ExecutionID: id})
	k.unsubscribed(r)
	return nil
}

// getExecutionStatus answers what REST does (W9).
func (k *guest) getExecutionStatus(r *request) error {
	if err := k.mayRead(); err != nil {
		return err
	}
	id, err := r.named("executionId")
	if err != nil {
		return err
	}
	body, err := k.server.executionJSON(context.Background(), k.tenant, k.principal, id)
	if err != nil {
		return err
	}
	k.answer(r, doneData{Success: true, Data: body})
	return nil
}

// getQueueStatus answers what REST does (W10).
func (k *guest) getQueueStatus(r *request) error {
	if err := k.mayRead(); err != nil {
		return err
	}
	body, err := k.server.queueJSON(k.tenant)
	if err != nil {
		return err
	}
	k.answer(r, doneData{Success: true, Data: body})
	return nil
}
