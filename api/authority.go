package api

const authorityMedia = "application/x-x509-ca-cert" // with it, operating systems offer to install the file

// authorityRoutes are those by which computers of the office come to trust the appliance.
func authorityRoutes() []route {
	return []route{
		{method: "GET", path: "/ca.crt", summary: "The certificate of the appliance's own CA, where it has one (serve --tls auto)", public: true,
			handle: (*Server).getAuthority, media: authorityMedia},
	}
}

func (s *Server) getAuthority(c *call) error {
	if s.options.Authority == nil {
		return errNotFound
	}
	c.Set("Content-Type", authorityMedia)
	c.Set("Content-Disposition", `attachment; filename="flowwatch-ca.crt"`)
	return c.Send(s.options.Authority())
}
