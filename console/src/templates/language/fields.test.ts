import { describe, expect, it } from 'vitest';
import { envelope } from './envelope';
import { fieldsOf, inShort, insertion } from './fields';
import { mend } from './near';
import { extentOf, offsetOf } from './place';
import { scopeAt } from './scope';

const data = {
  customer: { firstName: 'Ada', email: 'ada@example.com' },
  'first-name': 'Ada',
  items: [{ name: 'Lamp', tags: ['a'] }],
  total: 12.5,
  labels: ['new'],
  none: null,
};
const root = envelope('HTTP', { type: 'order.created', data });
const field = (path: string) => fieldsOf(root).find((one) => one.path === path)!;

it('lists fields, those of lists by their first entry', () => {
  expect(fieldsOf(data).map((one) => `${one.path} ${one.kind} ${one.shown}`)).toEqual([
    '.customer object object', '.customer.firstName text Ada', '.customer.email text ada@example.com', '["first-name"] text Ada',
    '.items list list of 1', '.items[].name text Lamp', '.items[].tags list list of 1', '.total number 12.5', '.labels list list of 1', '.none null null',
  ]);
});

it('bounds what a huge value gives', () => {
  let deep: unknown = 1;
  for (let n = 0; n < 10_000; n++) deep = { a: deep };
  expect(fieldsOf(deep).length).toBeLessThan(20);
  expect(fieldsOf(Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`n${n}`, n])))).toHaveLength(2000);
  expect(inShort('x'.repeat(1e6))).toHaveLength(48);
  expect([...inShort('😀'.repeat(100))]).toHaveLength(48);
});

describe('an insertion', () => {
  it.each([
    ['.data.customer.firstName', '', false, '{{ .data.customer.firstName }}'],
    ['.data.customer.firstName', '', true, '.data.customer.firstName'],
    ['.data.customer.firstName', '.data.customer', false, '{{ .firstName }}'],
    ['.data.total', '.data.customer', false, '{{ $.data.total }}'],
    ['.data.total', undefined, true, '$.data.total'],
    ['.data["first-name"]', '', false, '{{ index .data "first-name" }}'],
    ['.data["first-name"]', '', true, '(index .data "first-name")'],
    ['.data.labels', '', false, '{{ range .data.labels }}{{ . }}{{ end }}'],
    ['.data.labels', '', true, '.data.labels'],
    ['.data.items[].name', '', false, '{{ range .data.items }}{{ .name }}{{ end }}'],
    ['.data.items[].name', '.data.items[]', false, '{{ .name }}'],
    ['.data.items[].tags', '', false, '{{ range .data.items }}{{ range .tags }}{{ . }}{{ end }}{{ end }}'],
  ])('of %s where the dot is %s, inside %s', (path, dot, inside, want) => {
    expect(insertion(field(path), dot, inside)).toBe(want);
  });
});

describe('a near name', () => {
  const said = (path: string) => `there is no ${path}; where it is optional, write {{ ${path} | default "…" }}`;
  it.each([
    [said('.data.customer.fristName'), '', '.data.customer.firstName'],
    [said('.data.custmer'), '', '.data.custmer → .data.customer'],
    [said('.data.email'), '', '.data.customer.email'],
    [said('.nmae'), '{{ range .data.items }}', '.name'],
    [said('.data.total'), '{{ range .data.items }}', '$.data.total'],
    [said('$x.nam'), '{{ range $i, $x := .data.items }}', '$x.name'],
    ['there is no .tpye; there are id, type', '', '.type'],
    ['there is no function Upper; write upper', '', 'upper'],
    ['there is no function uper; a field begins with a dot: .uper. The functions are add, and', '', 'upper'],
    ['there is no function data; a field begins with a dot: .data. The functions are add', '', '.data'],
    [said('.data.zzzzzz'), '', undefined],
    ['add: a number is needed; this is a text', '', undefined],
  ])('for %s in %s', (message, before, want) => {
    expect(mend(message, scopeAt(before, before.length, root))?.right).toBe(want?.replace(/.* → /, ''));
  });
});

describe('a place', () => {
  it('counts characters as the server does', () => {
    expect(offsetOf('é\n😀 {{ .x }}', 2, 6)).toBe(8);
    expect(offsetOf('ab', 1, 99)).toBe(2);
    expect(offsetOf('ab', 9, 1)).toBe(2);
    expect(offsetOf('', 1, 1)).toBe(0);
  });

  it.each([
    ['Hi {{ upper .data.nmae }}!', 6, '.data.nmae', '.data.nmae'],
    ['{{ .data.custmer.name }}', 3, '.data.custmer', '.data.custmer'],
    ['{{ .data.nmaes }} {{ .data.nmae }}', 21, '.data.nmae', '.data.nmae'],
    ['Hi {{ upper .data.nmae }}!', 12, undefined, '.data.nmae'],
    ['Hi {{ if }}!', 3, undefined, '{{ if }}'],
    ['Hi {{ .x"\nmore', 3, undefined, '{{ .x"'],
    ['Hi {{ .x', 3, undefined, '{{ .x'],
    ['{"a": nope}', 6, undefined, 'nope'],
    ['{"a": 1,}', 8, undefined, '}'],
    ['', 0, undefined, ''],
  ])('in %s at %d', (source, at, wrong, want) => {
    const [from, to] = extentOf(source, at, wrong ? { wrong, right: '' } : undefined);
    expect(source.slice(from, to)).toBe(want);
  });
});
