//go:build ignore

// Licenses writes THIRD_PARTY_LICENSES: what the binary holds of others, with
// their terms. It fails where a licence is not one of those that are allowed.
// The Go modules are those that the program links on any system, the npm packages
// those that the console is built from.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// allowed are licences that ask for no more than to be named, or, as MPL-2.0
// does, for the source of the files that stand under them, which are not changed.
var allowed = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "PSF-2.0", "Unlicense"}

// phrases tell licences by their words, the first that fits.
var phrases = []struct{ words, license string }{
	{"Apache License Version 2.0", "Apache-2.0"},
	{"Mozilla Public License Version 2.0", "MPL-2.0"},
	{"Mozilla Public License, version 2.0", "MPL-2.0"},
	{"Permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"},
	{"Permission to use, copy, modify, and/or distribute this software for any purpose", "ISC"},
	{"Permission to use, copy, modify, and distribute this software for any purpose", "ISC"},
	{"may be used to endorse or promote products derived from this software", "BSD-3-Clause"},
	{"Redistribution and use in source and binary forms", "BSD-2-Clause"},
	{"This is free and unencumbered software released into the public domain", "Unlicense"},
}

// component is one work of others.
type component struct {
	name, version, license string
	texts                  []string // of its licence, and its notices
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func run() error {
	modules, err := goModules()
	if err != nil {
		return err
	}
	packages, err := npmPackages("console")
	if err != nil {
		return err
	}
	var refused []string
	for _, c := range slices.Concat(modules, packages) {
		if !allows(c.license) {
			refused = append(refused, fmt.Sprintf("%s %s: %s", c.name, c.version, cmp.Or(c.license, "no licence was found")))
		}
	}
	if len(refused) > 0 {
		return fmt.Errorf("these are not under one of %s:\n  %s", strings.Join(allowed, ", "), strings.Join(refused, "\n  "))
	}
	return os.WriteFile("THIRD_PARTY_LICENSES", render(modules, packages), 0o644)
}

// goModules are those of the program on every system that it is built for, and Go itself.
func goModules() ([]component, error) {
	found := map[string]component{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", ".")
		cmd.Env, cmd.Stderr = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0"), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("list the modules: %w", err)
		}
		for line := range strings.Lines(string(out)) {
			parts := strings.Split(strings.TrimSpace(line), "\t")
			if _, known := found[parts[0]]; known || len(parts) != 3 {
				continue
			}
			texts, err := licenseTexts(parts[2])
			if err != nil {
				return nil, err
			}
			found[parts[0]] = component{name: parts[0], version: parts[1], license: identify(texts), texts: texts}
		}
	}
	texts, err := licenseTexts(runtime.GOROOT())
	if err != nil {
		return nil, err
	}
	list := []component{{name: "Go and its standard library", license: identify(texts), texts: texts}}
	for _, name := range sorted(found) {
		list = append(list, found[name])
	}
	return list, nil
}

// npmPackages are those that are not for development alone. Packages of one
// system are tools that run there, and are not in the pages.
func npmPackages(folder string) ([]component, error) {
	var lock struct {
		Packages map[string]struct {
			Version, License string
			Dev, Optional    bool
			OS, CPU          []string
		}
	}
	raw, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err == nil {
		err = json.Unmarshal(raw, &lock)
	}
	if err != nil {
		return nil, fmt.Errorf("read the console's packages: %w", err)
	}
	var list []component
	for _, path := range sorted(lock.Packages) {
		p := lock.Packages[path]
		if path == "" || p.Dev || p.Optional || len(p.OS) > 0 || len(p.CPU) > 0 {
			continue
		}
		if _, err := os.Stat(filepath.Join(folder, path)); err != nil {
			return nil, fmt.Errorf("%s is not installed; make console/node_modules", path)
		}
		texts, err := licenseTexts(filepath.Join(folder, path))
		if err != nil {
			return nil, err
		}
		name := path[strings.LastIndex(path, "node_modules/")+len("node_modules/"):]
		list = append(list, component{name: name, version: p.Version, license: cmp.Or(p.License, identify(texts)), texts: texts})
	}
	slices.SortStableFunc(list, func(a, b component) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version))
	})
	return slices.CompactFunc(list, func(a, b component) bool { return a.name == b.name && a.version == b.version }), nil
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|unlicense)([-.].*)?$`)

// licenseTexts are the files of a folder that say under which terms it stands.
func licenseTexts(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, entry := range entries {
		if entry.IsDir() || !licenseFile.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(bytes.ToValidUTF8(text, nil)), "\r\n", "\n")))
	}
	return texts, nil
}

// identify tells the licence of texts; empty where none is known.
func identify(texts []string) string {
	for _, text := range texts {
		plain := strings.Join(strings.Fields(text), " ")
		for _, p := range phrases {
			if strings.Contains(strings.ToLower(plain), strings.ToLower(p.words)) {
				return p.license
			}
		}
	}
	return ""
}

// allows reads an expression such as (MIT OR CC0-1.0): all of what AND joins, one of what OR does.
func allows(license string) bool {
	license = strings.Trim(license, "() ")
	if parts := strings.Split(license, " OR "); len(parts) > 1 {
		return slices.ContainsFunc(parts, allows)
	}
	for _, part := range strings.Split(license, " AND ") {
		if !slices.Contains(allowed, strings.Trim(part, "() ")) {
			return false
		}
	}
	return true
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// render lists all, and below it every text once.
func render(lists ...[]component) []byte {
	var out bytes.Buffer
	out.WriteString("What the carillon binary holds of others. `make generate` writes this file.\n")
	titles := []string{"In the program", "In the console's pages"}
	holders := map[string][]string{}
	var order []string
	for i, list := range lists {
		fmt.Fprintf(&out, "\n%s:\n\n", titles[i])
		for _, c := range list {
			label := strings.TrimSpace(c.name + " " + c.version)
			fmt.Fprintf(&out, "  %-70s %s\n", label, c.license)
			for _, text := range c.texts {
				if holders[text] == nil {
					order = append(order, text)
				}
				holders[text] = append(holders[text], label)
			}
		}
	}
	for _, text := range order {
		fmt.Fprintf(&out, "\n%s\nOf %s:\n\n%s\n", strings.Repeat("=", 80), strings.Join(holders[text], ", "), text)
	}
	return out.Bytes()
}
