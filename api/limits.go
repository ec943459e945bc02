package api

import (
	"maps"
	"time"

	"flowwatch/api/compat/trpc"
	"flowwatch/api/ingest"
	"flowwatch/api/ingest/n8n"
	"flowwatch/api/ingest/otlp"
	"flowwatch/api/ingest/ping"
	"flowwatch/api/ingest/remotewrite"
	"flowwatch/api/logbook"
	"flowwatch/api/receiver"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/dashboard"
	"flowwatch/engine/deadline"
	"flowwatch/engine/setting"
	"flowwatch/engine/view"
)

// Limits of connections and requests.
const (
	connectionsMax      = 20_000
	headerBytesMax      = 4096
	bodyBytesUnknownMax = 64 << 10                // of a caller without a valid token or session
	bodyBytesKnownMax   = 4 << 20                 // of any other but an engine's events
	bodyBytesIngestMax  = 2 * ingest.BodyBytesMax // read whole, so that what is too large gets a whole answer
	bodyBytesPooledMax  = bodyBytesUnknownMax     // of a buffer that is used again: who sends slowly may hold one
	headerReadTimeout   = 10 * time.Second
	bodyReadTimeout     = 30 * time.Second
	answerWriteTimeout  = time.Minute
	idleTimeout         = 2 * time.Minute
)

// Limits of requests of one principal. Ingest has none but the engine's queue.
const (
	requestsPerSecond = 500
	requestsBurst     = 2_000
	limitersMax       = 10_000 // beyond, those that are full again are dropped
	guessesPerMinute  = 10     // unknown links in messages, by one address
	feedsPerMinute    = 60     // reads of feeds by one key
	feedsBurst        = 30
)

// Limits of live connections.
const (
	liveMax             = 10_000 // of all organisations
	liveOfTokenMax      = 100
	liveOfSessionMax    = 10
	handshakesPerSecond = 100 // of one address
	handshakesBurst     = 1_000
	failuresPerSecond   = 5 // wrong tokens from one address
	failuresBurst       = 10
)

// Limits of what one socket may send.
const (
	messageBytesMax   = 64 << 10
	messagesPerSecond = 20
	messagesBurst     = 40
	messagesOverMax   = 100 // refused ones after which the socket is closed
)

// limits are all limits that a client may meet, each from where it is enforced. Those that --rate-limit 0 lifts are 0 then. Names that end in Ms are
// milliseconds.
func (s *Server) limits() map[string]int {
	all := map[string]int{}
	for _, part := range s.limitParts() {
		maps.Copy(all, part)
	}
	return all
}

func (s *Server) limitParts() []map[string]int {
	return []map[string]int{
		s.ownLimits(), ingest.Limits(), remotewrite.Limits(), n8n.Limits(), logbook.Limits(), access.Limits(), audit.Limits(), dashboard.Limits(), view.Limits(), deadline.Limits(), setting.Limits(), trpc.Limits(), s.engine.Limits(),
	}
}

func (s *Server) ownLimits() map[string]int {
	times := s.live.times
	all := map[string]int{
		"connections": connectionsMax, "headerBytes": headerBytesMax, "bodyBytesUnauthenticated": bodyBytesUnknownMax, "bodyBytesOther": bodyBytesKnownMax,
		"bodyBytesOnWire": bodyBytesIngestMax, "bodyBytesTogether": bodiesBytesMax, "bodyBytesOfOrganization": bodiesOfOfficeMax, "headerTimeoutMs": ms(headerReadTimeout), "bodyTimeoutMs": ms(bodyReadTimeout),
		"answerTimeoutMs": ms(answerWriteTimeout), "idleTimeoutMs": ms(idleTimeout),
		"pageLimitDefault": limitDefault, "cursorBytes": cursorMax, "priorityReasonRunes": wishRunesMax,
		"deadlineReasonRunes": reasonRunesMax, "upoRunes": upoRunesMax, "revealReasonRunesMin": revealReasonMin, "revealReasonRunes": revealReasonMax,
		"erasureReasonRunesMin": reasonRunesMin, "evidenceBytes": evidenceBytesMax, "evidenceAuditEntries": evidenceEntries, "evidenceAlerts": evidenceAlertsMax,
		"auditExportsAtOnce": auditExportsMax, "auditFilterRunes": auditFilterMax, "problemFields": fieldsShownMax,
		"idempotencyKeys": repeatsMax, "idempotencyKeyBytes": repeatKeyBytes, "idempotencyKeptMs": ms(repeatsKept),
		"sessionCookieMs": ms(cookieLife), "answersOwedBytes": owedBytesMax,
		"liveConnections": s.live.max, "liveConnectionsPerToken": liveOfTokenMax, "liveConnectionsPerUser": liveOfSessionMax,
		"handshakesPerSecond": handshakesPerSecond, "handshakesBurst": handshakesBurst,
		"authFailuresPerSecond": failuresPerSecond, "authFailuresBurst": failuresBurst, "authTimeoutMs": ms(times.auth), "heartbeatMs": ms(times.heartbeat),
		"messageBytes": messageBytesMax, "messagesPerSecond": messagesPerSecond, "messagesBurst": messagesBurst, "messagesRefused": messagesOverMax,
		"unknownLinksPerMinute": guessesPerMinute, "feedsPerMinute": feedsPerMinute, "feedsBurst": feedsBurst, "feedRows": feedRowsMax, "feedDays": feedDaysMax, "feedAlerts": engine.PageLimitMax, "pingOutputBytes": ping.OutputBytesMax, "telemetryItems": otlp.ItemsMax, "telemetryElements": otlp.ElementsMax,
		"telemetryObjects": otlp.ObjectsMax, "telemetryDepth": otlp.DepthMax, "telemetrySilenceMs": ms(otlp.SilenceMax), "alertPageDefault": alertLimitDefault,
		"workflowInstructionRunes": instructionMax, "workflowLinkBytes": linkBytesMax, "workflowGraceMinutes": graceMinutesMax, "inboxMarkedAtOnce": inboxMarkMax,
		"requestsPerSecond": requestsPerSecond, "requestsBurst": requestsBurst,
		"receiverEvents": receiver.KeptMax, "receiverTrialBytes": trialBytesMax, "receiverTrialEvents": trialEventsMax,
	}
	if !s.options.RateLimit {
		for _, lifted := range []string{
			"liveConnectionsPerToken", "liveConnectionsPerUser", "handshakesPerSecond", "handshakesBurst", "authFailuresPerSecond", "authFailuresBurst",
			"requestsPerSecond", "requestsBurst", "feedsPerMinute", "feedsBurst",
		} {
			all[lifted] = 0
		}
	}
	return all
}

func ms(d time.Duration) int { return int(d.Milliseconds()) }
