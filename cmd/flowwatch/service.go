package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	unitName       = "flowwatch.service"
	unitMode       = 0o644 // everybody may read how a service is started; secrets belong into the environment file
	portPrivileged = 1024
)

//go:embed flowwatch.service
var unitText string

// serviceCommand is how a machine with systemd runs the appliance.
type serviceCommand struct {
	Print   servicePrintCommand   `cmd:"" help:"Print the unit."`
	Install serviceInstallCommand `cmd:"" help:"Install the unit, and start it now and at every boot. Needs root."`
}

// serviceFlags are the flags of serve that stand in the unit; all others can be set in /etc/flowwatch.env.
type serviceFlags struct {
	Listen      string   `env:"-" default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address to listen at."`
	InsecureLAN bool     `env:"-" name:"insecure-lan" help:"Allow an address that other machines reach, without TLS."`
	TLS         string   `env:"-" name:"tls" default:"off" enum:"off,auto" placeholder:"auto" help:"auto: HTTPS with a local CA."`
	TLSName     []string `env:"-" name:"tls-name" sep:"," placeholder:"NAME" help:"With auto: other names or addresses of the server."`
}

// unit is the text of the unit for this binary.
func (f *serviceFlags) unit() (string, error) {
	door := doorFlags{Listen: f.Listen, InsecureLAN: f.InsecureLAN, tlsFlags: tlsFlags{TLS: f.TLS, TLSName: f.TLSName}}
	if err := door.check(); err != nil {
		return "", err
	}
	binary, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this binary: %w", err)
	}
	if binary, err = filepath.EvalSymlinks(binary); err != nil {
		return "", fmt.Errorf("find this binary: %w", err)
	}
	words := []string{binary, "serve", "--data", "/var/lib/flowwatch", "--listen", f.Listen}
	if f.InsecureLAN {
		words = append(words, "--insecure-lan")
	}
	if f.TLS == tlsAuto {
		words = append(words, "--tls", tlsAuto)
	}
	if len(f.TLSName) > 0 {
		words = append(words, "--tls-name", strings.Join(f.TLSName, ","))
	}
	for i, word := range words {
		words[i] = unitWord(word)
	}
	capabilities := ""
	if _, port, err := net.SplitHostPort(f.Listen); err == nil {
		if n, err := strconv.Atoi(port); err == nil && n < portPrivileged && n > 0 {
			capabilities = "CAP_NET_BIND_SERVICE"
		}
	}
	return strings.NewReplacer("{command}", strings.Join(words, " "), "{capabilities}", capabilities).Replace(unitText), nil
}

// unitWord is a word as ExecStart reads it, systemd.service(5).
func unitWord(word string) string {
	word = strings.NewReplacer("%", "%%", "$", "$$", `\`, `\\`, `"`, `\"`).Replace(word)
	if strings.ContainsAny(word, " '\t;") {
		return `"` + word + `"`
	}
	return word
}

// servicePrintCommand shows the unit.
type servicePrintCommand struct{ serviceFlags }

// Run prints it.
func (c *servicePrintCommand) Run(p *program) error {
	text, err := c.unit()
	if err != nil {
		return err
	}
	return p.print("%s", text)
}

// serviceInstallCommand puts the unit in place.
type serviceInstallCommand struct {
	serviceFlags
	Folder string `env:"-" default:"/etc/systemd/system" hidden:"" help:"Where units are."`
}

// Run installs and starts the service; one that is there already is started anew with the new unit.
func (c *serviceInstallCommand) Run(p *program) error {
	text, err := c.unit()
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("systemctl"); err != nil {
		return errors.New("this machine has no systemctl: without systemd, have whatever starts your services run flowwatch serve")
	}
	path := filepath.Join(c.Folder, unitName)
	switch err := os.WriteFile(path, []byte(text), unitMode); {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be written: run it as root, with sudo", path)
	case err != nil:
		return fmt.Errorf("install the unit: %w", err)
	}
	for _, words := range [][]string{{"daemon-reload"}, {"enable", unitName}, {"restart", unitName}} {
		if out, err := exec.CommandContext(p.ctx, "systemctl", words...).CombinedOutput(); err != nil {
			return fmt.Errorf("systemctl %s: %w: %s; journalctl -u flowwatch says more", strings.Join(words, " "), err, strings.TrimSpace(string(out)))
		}
	}
	return p.print("%s is installed and started. The one-time set-up link: journalctl -u flowwatch -n 20\n", path)
}
