package graph

// resolver answers the fields of the schema: it takes who asks from the
// context, calls the room below, and hands its answer on.
type resolver struct {
	cfg  Config
	live *live
}
