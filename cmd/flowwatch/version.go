package main

import (
	"runtime"
	"runtime/debug"
)

// revisionChars is how much of a commit's hash people need.
const revisionChars = 12

// versionCommand says what this binary is.
type versionCommand struct{}

// Run prints one line: version, compiler and platform.
func (versionCommand) Run(p *program) error {
	return p.print("flowwatch %s (%s, %s/%s)\n", describeVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// describeVersion adds to a build without a version the commit that it was made from, if the toolchain noted it.
func describeVersion() string {
	info, ok := debug.ReadBuildInfo()
	if version != unreleased || !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return version + "-" + s.Value[:min(len(s.Value), revisionChars)]
		}
	}
	return version
}
