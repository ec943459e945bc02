package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/alecthomas/kong"

	"flowwatch/api"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
)

const tokensPath, organizationsPath = "/api/admin/tokens", "/api/admin/organizations"

// tokenCommand holds what can be done with API tokens.
type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token, and its organisation if that is missing. Prints the secret, once."`
}

// tokenCreateCommand makes an API token on a data directory or through a running server.
type tokenCreateCommand struct {
	Org  string   `required:"" placeholder:"NAME" help:"The organisation that the token belongs to."`
	Role []string `required:"" sep:"," placeholder:"ROLE" help:"What it may do: viewer, accountant, workflow_admin, org_admin, auditor, integration, appliance_admin."`
	Name string   `default:"command line" help:"What lists show the token as."`
	placeFlags
}

// Run prints the secret as the only line of standard output.
func (c *tokenCreateCommand) Run(p *program, line *kong.Context) error {
	roles, err := access.ParseRoles(c.Role)
	if err != nil {
		return usageError(fmt.Sprintf("--role %s: the roles are %s", strings.Join(c.Role, ","), roleList()))
	}
	remote, err := c.remote(line)
	if err != nil {
		return err
	}
	create := c.onDirectory
	if remote {
		create = c.onServer
	}
	secret, err := create(p, roles)
	if err != nil {
		return fielded(err)
	}
	return p.print("%s\n", secret)
}

func roleList() string {
	var names []string
	for _, r := range access.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// onDirectory makes the directory too if it is missing.
func (c *tokenCreateCommand) onDirectory(_ *program, roles []access.Role) (secret string, err error) {
	db, err := c.Data.open()
	if err != nil {
		return "", hinted(err, "use --server and --token")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := access.NewStore(db, nil)
	if err != nil {
		return "", c.Data.explain(err)
	}
	organization, err := store.EnsureOrganizationBy(commandLine(), c.Org)
	if err != nil {
		return "", fmt.Errorf("organisation %s: %w", c.Org, err)
	}
	_, secret, err = store.CreateToken(commandLine(), access.TokenInput{Name: c.Name, OrganizationID: organization.ID, Roles: roles})
	if err != nil {
		return "", fmt.Errorf("make the token: %w", err)
	}
	return secret, nil
}

// onServer needs an appliance administrator's token, or an organisation administrator's for a token of the own organisation.
func (c *tokenCreateCommand) onServer(p *program, roles []access.Role) (string, error) {
	client, err := c.client(p.log)
	if err != nil {
		return "", err
	}
	in := api.TokenInput{Name: c.Name, Roles: roles}
	if in.OrganizationID, err = c.organizationAt(p, client); err != nil {
		return "", fmt.Errorf("organisation %s: %w", c.Org, err)
	}
	var made api.NewToken
	if err := client.post(p.ctx, tokensPath, in, &made); err != nil {
		return "", fmt.Errorf("make the token: %w", err)
	}
	return made.Secret, nil
}

// organizationAt finds the organisation on the server, or makes it.
func (c *tokenCreateCommand) organizationAt(p *program, client *client) (string, error) {
	name := strings.TrimSpace(c.Org)
	var me api.Me
	if err := client.get(p.ctx, "/api/auth/me", &me); err != nil {
		return "", err
	}
	if me.OrganizationName == name {
		return me.OrganizationID, nil
	}
	var made api.Organization
	err := client.post(p.ctx, organizationsPath, api.OrganizationInput{Name: name}, &made)
	answer := new(answerError)
	if !errors.As(err, &answer) || answer.status != http.StatusConflict {
		return made.ID, err
	}
	var page api.OrganizationPage
	if err := client.get(p.ctx, organizationsPath, &page); err != nil {
		return "", err
	}
	for _, o := range page.Items {
		if o.Name == name {
			return o.ID, nil
		}
	}
	return "", err
}

// fielded adds what is wrong with which field to an error that names some.
func fielded(err error) error {
	problem := new(fault.Error)
	if !errors.As(err, &problem) || len(problem.Fields) == 0 {
		return err
	}
	var wrong []string
	for _, f := range problem.Fields {
		wrong = append(wrong, f.Message)
	}
	return fmt.Errorf("%w: %s", err, strings.Join(wrong, ", "))
}
