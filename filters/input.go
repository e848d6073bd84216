package filters

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"cel.dev/cel-go/common/types"

	"cel.dev/cel-go/interpreter"

	"carillon/models"
)

// Input is an event as filters see it. Its data are read once, by the first
// filter that asks for them. It is for one goroutine.
type Input struct {
	event *models.Event
	data  any
	read  bool
}

// NewInput makes an event ready for any number of filters.
func NewInput(e *models.Event) *Input { return &Input{event: e} }

// Parent is none.
func (in *Input) Parent() interpreter.Activation { return nil }

// ResolveName gives a variable its value.
func (in *Input) ResolveName(name string) (any, bool) {
	switch name {
	case "type":
		return in.event.Type, true
	case "version":
		return in.event.Version, true
	case "entityId":
		return in.event.EntityID, true
	case "tags":
		return in.event.Tags, true
	case "data":
		if !in.read {
			in.data, in.read = decode(in.event.Data), true
		}
		return in.data, true
	}
	return nil, false
}

// decode reads JSON with whole numbers as integers, so that data.n == 1 and
// ids of 19 digits are exact; what CEL's integers cannot hold is a double.
func decode(raw json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return types.NewErr("the data cannot be read")
	}
	return plain(v)
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(string(v))
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
		return v
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
		return v
	}
	return v
}

func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return types.NewErr("%s", fmt.Sprintf("the number %.40s cannot be read", text))
	}
	return f
}
