package demo

import (
	"bytes"
	"encoding/json"
)

// record is the data of an event. Its fields keep their order, as people who
// read them expect.
type record []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes an object.
func (r record) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range r {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
