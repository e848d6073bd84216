import { describe, expect, it } from 'vitest';
import { actionAt, actions, words } from './actions';
import { resolve, scopeAt } from './scope';

const event = {
  type: 'order.created',
  data: { customer: { name: 'Ada', address: { city: 'London' } }, items: [{ name: 'Lamp', sizes: [{ cm: 3 }] }], labels: ['new'] },
};

// here is the scope at the mark ‸.
function here(marked: string) {
  const at = marked.indexOf('‸');
  return scopeAt(marked.replace('‸', ''), at, event);
}

describe('actions', () => {
  it.each([
    ['a {{ .x }} b {{- .y -}} c', ['.x', '.y']],
    ['{{ "}}" }} {{ `}}` }}', ['"}}"', '`}}`']],
    ['{{/* a }} b */}}{{ .x }}', ['/* a }} b */', '.x']],
    ['{{- /* a */ -}}', ['/* a */']],
    ['{{ "a\\"}}" }}', ['"a\\"}}"']],
    ['{{ "not closed }}\n{{ .x }}', ['"not closed }}\n{{ .x']],
    ['{{ .x', ['.x']],
    ['{"a": {"b": 1}}', []],
    ['{{', ['']],
  ])('of %s', (source, want) => {
    expect(actions(source).map((one) => source.slice(one.start, one.end).trim())).toEqual(want);
  });

  it('holds a place between its braces alone', () => {
    const source = 'ab{{ .x }}cd';
    const inside = [...Array(source.length + 1).keys()].filter((at) => actionAt(source, at));
    expect(inside).toEqual([4, 5, 6, 7, 8]);
    expect(actionAt('{{ .x', 5)).toBeDefined();
  });

  it('parts words', () => {
    const source = '{{ range $i, $x := fields .data.größe 10 }}';
    expect(words(source, actions(source)[0]!).map((one) => `${one.kind} ${one.text}`)).toEqual([
      'name range', 'path $i', 'sign ,', 'path $x', 'sign :=', 'name fields', 'path .data.größe', 'number 10',
    ]);
  });
});

describe('scope', () => {
  it.each([
    ['{{ .‸ }}', ''],
    ['{{ with .data.customer }}‸{{ end }}', '.data.customer'],
    ['{{ with .data.customer }}{{ end }}‸', ''],
    ['{{ with .data.customer }}{{ else }}‸{{ end }}', ''],
    ['{{ with .data.nothing }}{{ else with .data.customer }}‸{{ end }}', '.data.customer'],
    ['{{ range .data.items }}‸{{ end }}', '.data.items[]'],
    ['{{ range $i, $x := .data.items }}{{ range .sizes }}‸{{ end }}{{ end }}', '.data.items[].sizes[]'],
    ['{{ range .data.items }}{{ if .name }}‸{{ end }}{{ end }}', '.data.items[]'],
    ['{{ $c := .data.customer }}{{ with $c.address }}‸{{ end }}', '.data.customer.address'],
    ['{{ with first .data.items }}‸{{ end }}', '.data.items[]'],
    ['{{ with index .data.items 0 }}‸{{ end }}', '.data.items[]'],
    ['{{ end }}{{ else }}‸', ''],
    ['{{/* {{ with .data }} */}}‸', ''],
    ['{{ define "t" }}‸{{ end }}', undefined],
    ['{{ with upper .type }}‸{{ end }}', undefined],
  ])('of the dot in %s', (source, want) => {
    expect(here(source).dot.path).toBe(want);
  });

  it('knows variables, the whole event and what functions hand on', () => {
    const scope = here('{{ range $i, $x := .data.items }}{{ $n := $x.name }}‸{{ end }}');
    expect(resolve('$x.name', scope).value).toBe('Lamp');
    expect(resolve('$n', scope).value).toBe('Lamp');
    expect(resolve('$i', scope).value).toBe(0);
    expect(resolve('$.data.customer.name', scope).value).toBe('Ada');
    expect(resolve('$gone.x', scope).value).toBeUndefined();
    expect(resolve('.name', here('{{ range fields .data 10 }}‸{{ end }}')).value).toBe('First name');
    expect(here('{{ range $name, $value := .data.customer }}‸{{ end }}').variables.$name!.value).toBe('name');
  });

  it('takes names that every object has for what they are', () => {
    expect(resolve('.constructor', here('‸')).value).toBeUndefined();
    expect(resolve('.data.labels.length', here('‸')).value).toBeUndefined();
  });
});
