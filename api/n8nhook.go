package api

import "flowwatch/api/ingest/n8n"

const (
	n8nHookPath  = "/integrations/n8n/flowwatch-hook.cjs"
	n8nHookMedia = "text/javascript; charset=utf-8"
)

// n8nHookRoutes hand out the file that n8n loads. It is the same for everybody and holds no secret, so that it can be
// fetched from the machine of n8n by a single command.
func n8nHookRoutes() []route {
	return []route{
		{method: "GET", path: n8nHookPath, summary: "The hook by which n8n tells of every execution: name it in EXTERNAL_HOOK_FILES", public: true,
			handle: (*Server).getN8nHook, media: "text/javascript"},
	}
}

func (s *Server) getN8nHook(c *call) error {
	c.Set("Content-Type", n8nHookMedia)
	c.Set("Content-Disposition", `attachment; filename="flowwatch-hook.cjs"`)
	return c.Send(n8n.File)
}
