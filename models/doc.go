// Package models holds the nouns of Carillon: what a tenant, a webhook, a
// channel, an event, a delivery and an attempt are, which values they may hold
// and which states they may pass through. It is a leaf: it knows no database,
// no network, no clock and no other room.
package models
