package wire

import (
	"strings"
	"testing"
)

// odd is JSON that does not survive a float64 and a map.
const odd = `{"z":12345678901234567890,"a":1.10,"e":1E400,"s":"\u00e9\/<","n":null,"l":[-0.0,{"b":1,"a":2}]}`

func TestJSONVariablesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, row := range map[string]struct{ query, variables, want string }{
		"a variable":     {`query($d:JSON){echo(data:$d)}`, `{"d":` + odd + `}`, `{"echo":` + odd + `}`},
		"a scalar":       {`query($d:JSON){echo(data:$d)}`, `{"d": 1.10 }`, `{"echo":1.10}`},
		"a string":       {`query($d:JSON){echo(data:$d)}`, `{"d":"x"}`, `{"echo":"x"}`},
		"null":           {`query($d:JSON){echo(data:$d)}`, `{"d":null}`, `{"echo":null}`},
		"left out":       {`query($d:JSON){echo(data:$d)}`, `{}`, `{"echo":null}`},
		"white space":    {`query($d:JSON){echo(data:$d)}`, "{\"d\": {\n \"a b\" : [ 1 , 2 ] } }", `{"echo":{"a b":[1,2]}}`},
		"a list":         {`query($d:[JSON]){echoAll(list:$d)}`, `{"d":[1.10,null,` + odd + `]}`, `{"echoAll":[1.10,null,` + odd + `]}`},
		"one for a list": {`query($d:[JSON]){echoAll(list:$d)}`, `{"d":1.10}`, `{"echoAll":[1.10]}`},
		"in an input": {
			`mutation($i:Item!){publish(input:$i){data}}`,
			`{"i":{"type":"t","data":` + odd + `}}`, `{"publish":{"data":` + odd + `}}`,
		},
		"in a list of inputs": {
			`mutation($i:Items!){publishAll(input:$i){data}}`,
			`{"i":{"items":[{"type":"t","data":1.10},{"data":` + odd + `,"type":"t"}]}}`,
			`{"publishAll":[{"data":1.10},{"data":` + odd + `}]}`,
		},
		"in an inner input": {
			`query($i:Item!){inner(input:$i)}`,
			`{"i":{"type":"t","data":1,"inner":{"type":"t","data":` + odd + `}}}`, `{"inner":` + odd + `}`,
		},
		"as a member": {
			`mutation($d:JSON!){publish(input:{type:"t",data:$d}){data}}`,
			`{"d":` + odd + `}`, `{"publish":{"data":` + odd + `}}`,
		},
		"an escaped name": {`query($d:JSON){echo(data:$d)}`, `{"\u0064":1.10}`, `{"echo":1.10}`},
		"given twice":     {`query($d:JSON){echo(data:$d)}`, `{"d":1,"d":1.10}`, `{"echo":1.10}`},
		"a default":       {`query($d:JSON={b:1.10,a:[12345678901234567890]}){echo(data:$d)}`, `{}`, `{"echo":{"b":1.10,"a":[12345678901234567890]}}`},
		"a default given": {`query($d:JSON={b:1.10}){echo(data:$d)}`, `{"d":2}`, `{"echo":2}`},
		"a default inside": {
			`mutation($i:Item!={type:"t",data:{b:1.10},more:[1.20]}){publish(input:$i){data}}`,
			`{}`, `{"publish":{"data":{"b":1.10}}}`,
		},
		"oneOf": {`query($c:Choice!){choose(choice:$c)}`, `{"c":{"data":1.10}}`, `{"choose":"1.10"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // new, then from the cache
				if got := b.query(row.query, row.variables); string(got.data) != row.want {
					t.Errorf("got %s", got.body)
				}
			}
		})
	}
}

func TestJSONLiteralsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, row := range map[string]struct{ query, variables, want string }{
		"an object":      {`{echo(data:{z:12345678901234567890,a:1.10,e:1E400,l:[-0.0,true,null,"\u00e9\"\n"]})}`, `{}`, `{"echo":{"z":12345678901234567890,"a":1.10,"e":1E400,"l":[-0.0,true,null,"é\"\n"]}}`},
		"a number":       {`{echo(data:12345678901234567890)}`, `{}`, `{"echo":12345678901234567890}`},
		"a block":        {`{echo(data:"""` + "a\n\"b\"" + `""")}`, `{}`, `{"echo":"a\n\"b\""}`},
		"null":           {`{echo(data:null)}`, `{}`, `{"echo":null}`},
		"empty":          {`{echo(data:{})}`, `{}`, `{"echo":{}}`},
		"twice":          {`{a:echo(data:1.10) b:echo(data:[1.20])}`, `{}`, `{"a":1.10,"b":[1.20]}`},
		"a list":         {`{echoAll(list:[1.10,null,{a:1.20}])}`, `{}`, `{"echoAll":[1.10,null,{"a":1.20}]}`},
		"one for a list": {`{echoAll(list:{a:1.20})}`, `{}`, `{"echoAll":[{"a":1.20}]}`},
		"in an input":    {`mutation{publish(input:{type:"t",data:{b:1.10,a:2}}){data}}`, `{}`, `{"publish":{"data":{"b":1.10,"a":2}}}`},
		"in a fragment":  {`{...F} fragment F on Query{echo(data:{b:1.10})}`, `{}`, `{"echo":{"b":1.10}}`},
		"with variables": {
			`query($s:String!,$n:Int,$j:JSON,$absent:Int){echo(data:{s:$s,n:[$n,$absent],j:$j,gone:$absent,x:1.10})}`,
			`{"s":"a\"b","n":null,"j":{"z": 1.10}}`, `{"echo":{"s":"a\"b","n":[null,null],"j":{"z":1.10},"x":1.10}}`,
		},
		"with a default":  {`query($s:JSON={a:1.10}){echo(data:{s:$s})}`, `{}`, `{"echo":{"s":{"a":1.10}}}`},
		"in a fragment 2": {`query($s:Int){...F} fragment F on Query{echo(data:[$s])}`, `{"s":5}`, `{"echo":[5]}`},
		"two operations":  {`query A($s:Int){echo(data:[$s])}`, `{"s":7}`, `{"echo":[7]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				if got := b.query(row.query, row.variables); string(got.data) != row.want {
					t.Errorf("got %s", got.body)
				}
			}
		})
	}
}

func TestVariablesAreReadByTheirTypes(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	const document = `query($input:Item!){scalars(input:$input)}`
	for given, want := range map[string]string{
		`"note":"n","count":-5,"ratio":1.5,"ready":true,"color":"RED","id":"i"`: "t n -5 1.5 true RED i",
		`"count":3.0,"ratio":2,"id":12`:                                         "t - 3 2 - - 12",
		`"count":2e3,"note":null,"color":null`:                                  "t - 2000 - - - -",
		`"count":1,"count":2147483647`:                                          "t - 2147483647 - - - -",
	} {
		got := b.query(document, `{"input":{"type":"t","data":1,`+given+`}}`)
		if string(got.data) != `{"scalars":"`+want+`"}` {
			t.Errorf("%s: %s", given, got.body)
		}
	}
	if got := b.query(`query($input:Item!){tags(input:$input)}`, `{"input":{"type":"t","data":1,"tags":"one"}}`); string(got.data) != `{"tags":["one"]}` {
		t.Errorf("one for a list: %s", got.body)
	}
}

func TestOtherScalarsGetPlainValues(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for given, want := range map[string]string{
		`1.10`:           `json.Number 1.10`,
		`"a\"b"`:         `string \"a\\\"b\"`,
		`true`:           `bool true`,
		`null`:           `<nil> null`,
		`[1, {"a":2}]`:   `[]interface {} [1,{\"a\":2}]`,
		`{"a": [false]}`: `map[string]interface {} {\"a\":[false]}`,
	} {
		if got := b.query(`query($v:Loose){loose(value:$v)}`, `{"v":`+given+`}`); string(got.data) != `{"loose":"`+want+`"}` {
			t.Errorf("%s: %s", given, got.body)
		}
	}
	if got := b.query(`query($v:Loose=7){loose(value:$v)}`, `{}`); string(got.data) != `{"loose":"json.Number 7"}` {
		t.Errorf("a default: %s", got.body)
	}
	for _, literal := range []string{`99999999999999999999`, `{a:[1e999]}`} {
		if got := b.query(`{loose(value:`+literal+`)}`, `{}`); got.code() != "BAD_USER_INPUT" || got.errors[0].Extensions.Field != "value" {
			t.Errorf("%s: %s", literal, got.body)
		}
	}
}

func TestMisfitsNameTheirField(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	const item = `query($input:Item!){scalars(input:$input)}`
	for name, row := range map[string]struct{ query, variables, field, says string }{
		"no string":         {item, `{"input":{"type":5,"data":1}}`, "type", "must be a string"},
		"no text in a list": {item, `{"input":{"type":"t","data":1,"tags":["a",5]}}`, "tags.1", "must be a string"},
		"null in a list":    {item, `{"input":{"type":"t","data":1,"tags":["a",null]}}`, "tags.1", "must not be null"},
		"no whole number":   {item, `{"input":{"type":"t","data":1,"count":1.5}}`, "count", "whole number"},
		"a text for Int":    {item, `{"input":{"type":"t","data":1,"count":"1"}}`, "count", "whole number"},
		"a huge Int":        {item, `{"input":{"type":"t","data":1,"count":2147483648}}`, "count", "whole number"},
		"a text for Float":  {item, `{"input":{"type":"t","data":1,"ratio":"1"}}`, "ratio", "a number"},
		"a huge Float":      {item, `{"input":{"type":"t","data":1,"ratio":1e999}}`, "ratio", "a number"},
		"no Boolean":        {item, `{"input":{"type":"t","data":1,"ready":"true"}}`, "ready", "true or false"},
		"an unknown value":  {item, `{"input":{"type":"t","data":1,"color":"red"}}`, "color", "one of RED, GREEN"},
		"a Float for ID":    {item, `{"input":{"type":"t","data":1,"id":1.5}}`, "id", "must be a string"},
		"missing":           {item, `{"input":{"data":1}}`, "type", "must be given"},
		"missing JSON":      {item, `{"input":{"type":"t"}}`, "data", "must be given"},
		"null JSON":         {item, `{"input":{"type":"t","data":null}}`, "data", "must not be null"},
		"unknown":           {item, `{"input":{"type":"t","data":1,"typo":1}}`, "typo", "Item has no such field"},
		"inside":            {item, `{"input":{"type":"t","data":1,"inner":{"type":"t","data":1,"count":"x"}}}`, "inner.count", "whole number"},
		"in a list":         {`mutation($in:Items!){publishAll(input:$in){id}}`, `{"in":{"items":[{"type":"t","data":1},{"type":null,"data":1}]}}`, "items.1.type", "must not be null"},
		"a member":          {`mutation($x:String!){publish(input:{type:$x,data:1}){id}}`, `{"x":1}`, "type", "must be a string"},
		"an argument":       {`query($x:String!){hello(name:$x)}`, `{"x":1}`, "name", "must be a string"},
		"no object":         {item, `{"input":5}`, "", "$input must be an object"},
		"no input":          {item, `{}`, "", "$input must be given"},
		"oneOf both":        {`query($c:Choice!){choose(choice:$c)}`, `{"c":{"data":1,"text":"x"}}`, "choice", "exactly one"},
		"oneOf none":        {`query($c:Choice!){choose(choice:$c)}`, `{"c":{}}`, "choice", "exactly one"},
		"oneOf null":        {`query($c:Choice!){choose(choice:$c)}`, `{"c":{"text":null}}`, "choice.text", "must not be null"},
		"a bare word":       {`{echo(data:{a:[NaN]})}`, `{}`, "data.a.0", "no bare word NaN"},
		"a bare default":    {`query($d:JSON={a:NaN}){echo(data:$d)}`, `{}`, "data.a", "no bare word NaN"},
		"a huge literal":    {`mutation{publish(input:{type:"t",data:1,count:99999999999999999999}){id}}`, `{}`, "", "Int cannot represent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				got := b.query(row.query, row.variables)
				if got.code() != "BAD_USER_INPUT" || got.hasData || got.errors[0].Extensions.Field != row.field ||
					!strings.Contains(got.errors[0].Message, row.says) {
					t.Errorf("got %s", got.body)
				}
			}
		})
	}
}

func TestUnusedVariablesAreStillRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for query, says := range map[string]string{
		`query($d:JSON){echo(data:{a:1})}`:      "never used",
		`{echo(data:{a:$d})}`:                   "not defined",
		`{echo(data:{a:1,a:2})}`:                "only one input field",
		`query($n:Int){publish:hello(name:$n)}`: "expecting type",
	} {
		if got := b.query(query, `{}`); got.code() != "BAD_USER_INPUT" || !strings.Contains(got.body, says) {
			t.Errorf("%s: %s", query, got.body)
		}
	}
}

func TestOneDocumentServesManyAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for i := range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			value := strings.Repeat("1", i+1)
			for range 50 {
				got := b.query(`query($n:Int){a:echo(data:{n:$n}) b:echo(data:{c:1.10})}`, `{"n":`+value+`}`)
				if string(got.data) != `{"a":{"n":`+value+`},"b":{"c":1.10}}` {
					t.Errorf("got %s", got.body)
				}
			}
		})
	}
}

func TestPlanCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newPlanCache()
	text := strings.Repeat(" ", cachedQuery-10)
	for i := range 3 * cachedPlans {
		c.add(&plan{query: strings.Repeat("x", i%10) + string(rune('a'+i%26)) + text[:i%1000] + strings.Repeat("y", i/1000)})
		c.get([]byte("x"))
	}
	if len(c.byText) > cachedPlans || c.text > cachedText {
		t.Errorf("%d plans, %d bytes", len(c.byText), c.text)
	}
	c.add(&plan{query: text + strings.Repeat(" ", 20)})
	if c.get([]byte(text+strings.Repeat(" ", 20))) != nil {
		t.Error("a huge query is kept")
	}
	n := 0
	for p := c.ends.older; p != &c.ends; p = p.older {
		n++
	}
	if n != len(c.byText) {
		t.Errorf("%d in the list, %d in the map", n, len(c.byText))
	}
}
