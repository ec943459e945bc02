package n8n

import _ "embed"

// File is the hook that n8n loads to tell Flowwatch of its executions: CommonJS
// for n8n 2 on Node 20 and later, without secrets. What it sends, Decode reads.
//
//go:embed flowwatch-hook.cjs
var File []byte
