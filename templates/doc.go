// Package templates turns an event into the message that a channel carries. It
// owns the built-in formats; it sends nothing, stores nothing and knows no
// channel's settings.
package templates
