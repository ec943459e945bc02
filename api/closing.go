package api

import (
	"errors"

	"flowwatch/engine/fault"
	"flowwatch/engine/feed"
)

// closing is why a live connection ends. A WebSocket is told it by a close
// frame; a stream of events just ends. Programs go by the code, the text is
// for people who look at the wire. Code 0 says nothing: the client is gone.
type closing struct {
	code int
	text string
}

// The reasons, by the codes of the protocol. 44xx are not worth an early retry.
var (
	closedGone         = closing{}
	closedSilent       = closing{1001, "no sign of life"}
	closedTooLarge     = closing{1009, "message too large"}
	closedBroken       = closing{1011, "internal error"}
	closedRestart      = closing{1012, "the server is restarting"}
	closedChanged      = closing{1012, "other executions are to be seen now: come back"}
	closedBadFrame     = closing{4400, "send text frames with one JSON object each"}
	closedBinary       = closing{4400, "send no binary: texts only"}
	closedUnauthorized = closing{4401, "no valid token or session"}
	closedVersion      = closing{4406, "only flowwatch.v1 is spoken here"}
	closedAuthLate     = closing{4408, "no sign-in in time"}
	closedTooMany      = closing{4429, "too many"}
	closedSlow         = closing{4508, "too slow"}
)

// withholds says that frames which wait may not be the client's to see any more.
func (c closing) withholds() bool { return c == closedChanged || c == closedUnauthorized }

// final says that nothing changes if the client comes back as it is.
func (c closing) final() bool { return c.code >= 4400 && c.code < 4500 && c != closedTooMany }

// closingOf is how a connection ends when its session at the hub did.
func closingOf(err error) closing {
	switch {
	case errors.Is(err, feed.ErrSlow):
		return closedSlow
	case errors.Is(err, feed.ErrRestart):
		return closedRestart
	case errors.Is(err, feed.ErrClosed):
		return closedGone
	}
	switch fault.Of(err).Kind {
	case fault.Unauthorized:
		return closedUnauthorized
	case fault.Exhausted:
		return closedTooMany
	case fault.Unavailable:
		return closedRestart
	}
	return closedBroken
}
