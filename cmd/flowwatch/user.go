package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// passwordLineMax bounds what is read of standard input for one line.
const passwordLineMax = 4096

// userCommand holds what can be done with users while no server runs.
type userCommand struct {
	Create        userCreateCommand `cmd:"" help:"Make a user, and the directory and organisation if they are missing."`
	ResetPassword userResetCommand  `cmd:"" help:"Give a user a new password; sessions end, and no one-time password is asked for any more."`
}

// userCreateCommand makes a user on a data directory.
type userCreateCommand struct {
	Login         string    `required:"" placeholder:"LOGIN" help:"What the person signs in with; unique on the appliance."`
	PasswordStdin bool      `required:"" help:"Read the password from standard input, one line. There is no flag for it: other users of the machine would see it."`
	Role          []string  `required:"" sep:"," placeholder:"ROLE" help:"What the person may do: viewer, accountant, workflow_admin, org_admin, auditor, appliance_admin."`
	Org           string    `default:"default" placeholder:"NAME" help:"The organisation that the user belongs to."`
	Name          string    `placeholder:"NAME" help:"What lists show; default: the login."`
	Clients       []string  `sep:"," placeholder:"CLIENT" help:"The clients whose executions the person sees, as their clientRef says, and no others; a comma within one is written \\,. Default: all."`
	Data          directory `default:"./flowwatch-data" help:"The data directory; made if it is missing."`
}

// Run makes the user and prints nothing.
func (c *userCreateCommand) Run(p *program) error {
	roles, err := access.ParseRoles(c.Role)
	if err != nil {
		return usageError(fmt.Sprintf("--role %s: the roles are %s", strings.Join(c.Role, ","), roleList()))
	}
	if c.Clients != nil && len(c.Clients) == 0 {
		return usageError("--clients names no client; leave it out for all clients")
	}
	password, err := readPassword(p.stdin)
	if err != nil {
		return err
	}
	return c.Data.changeAccess(func(store *access.Store) error {
		o, err := store.EnsureOrganizationBy(commandLine(), c.Org)
		if err != nil {
			return fmt.Errorf("organisation %s: %w", c.Org, err)
		}
		_, err = store.CreateUser(commandLine(), o.ID, access.UserChange{
			Login: &c.Login, Name: &c.Name, Roles: &roles, Clients: &c.Clients, Password: &password,
		})
		return err
	})
}

// userResetCommand is the way back in for who has forgotten a password.
type userResetCommand struct {
	Login         string    `required:"" placeholder:"LOGIN" help:"Whose password it is."`
	PasswordStdin bool      `help:"Read the new password from standard input, one line; otherwise one is made and printed."`
	Data          directory `default:"./flowwatch-data" help:"The data directory."`
}

// Run prints a password that it made as the only line of standard output.
func (c *userResetCommand) Run(p *program) error {
	password := access.NewPassword()
	if c.PasswordStdin {
		var err error
		if password, err = readPassword(p.stdin); err != nil {
			return err
		}
	}
	err := c.Data.changeAccess(func(store *access.Store) error {
		err := store.ResetPassword(commandLine(), c.Login, password)
		if errors.Is(err, access.ErrNotFound) {
			return fmt.Errorf("there is no user %s", c.Login)
		}
		return err
	})
	if err != nil || c.PasswordStdin {
		return err
	}
	return p.print("%s\n", password)
}

// changeAccess opens who may do what on a directory that no server uses.
func (d directory) changeAccess(change func(store *access.Store) error) (err error) {
	db, err := d.open()
	if err != nil {
		return hinted(err, "stop it, or use the page")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := access.NewStore(db, nil)
	if err != nil {
		return d.explain(err)
	}
	return fielded(change(store))
}

// commandLine is who acts with a command: whoever can write to the data directory.
func commandLine() audit.By {
	by := audit.System()
	by.Name = "command line"
	return by
}

// readPassword reads one line.
func readPassword(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, passwordLineMax)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", usageError("there is no password on standard input")
	}
	return line, nil
}
