// Package templates turns events into the messages that channels carry. It owns
// the built-in formats and the language of payload templates: what a template
// sees, how its values are escaped, and what it may spend. It sends nothing,
// stores nothing and knows of a channel's settings only what a template is shown.
//
// A template is checked and rewritten when it is compiled: each step that it
// takes afterwards goes through this package, which text/template and
// html/template only drive.
package templates
