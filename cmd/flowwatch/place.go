package main

import (
	"log/slog"

	"github.com/alecthomas/kong"
)

const defaultData directory = "./flowwatch-data"

// placeFlags name what a command works on: a data directory that no server uses, or a running server.
type placeFlags struct {
	Data   directory `placeholder:"DIR" help:"The data directory, when no server runs there. Default: ./flowwatch-data"`
	Server string    `placeholder:"URL" help:"The running server to ask instead."`
	Token  string    `placeholder:"SECRET" help:"API token for --server; as FLOWWATCH_TOKEN other users of the machine cannot read it."`
	trustFlags
}

// client prepares a client of the server.
func (f *placeFlags) client(log *slog.Logger) (*client, error) {
	trust, err := f.config(f.Data)
	if err != nil {
		return nil, err
	}
	return newClient(f.Server, f.Token, trust, log)
}

// remote decides between the two. What the command line says counts more than the environment, where both may stand for other
// commands.
func (f *placeFlags) remote(line *kong.Context) (bool, error) {
	data, server := given(line, "data"), given(line, "server")
	switch {
	case data && server:
		return false, usageError("--data and --server exclude each other")
	case data || f.Server == "":
		if f.Data == "" {
			f.Data = defaultData
		}
		return false, nil
	case f.Token == "":
		return false, usageError("--server needs --token, or FLOWWATCH_TOKEN")
	}
	return true, nil
}

// given says whether a flag stands on the command line itself.
func given(line *kong.Context, name string) bool {
	for _, step := range line.Path {
		if step.Flag != nil && step.Flag.Name == name {
			return true
		}
	}
	return false
}
