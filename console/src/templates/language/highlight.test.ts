import { highlightTree, tagHighlighter } from '@lezer/highlight';
import { expect, it } from 'vitest';
import { colours, templateLanguage, type Outside } from './highlight';

// pieces are the coloured pieces of a source, with what they are known as by the colours' variables.
function pieces(outside: Outside, source: string) {
  const found: string[] = [];
  const rules = colours.specs.map((one) => ({ tag: one.tag, class: String(one.color).replace(/var\(--code-(\w+)\)/, '$1') }));
  highlightTree(templateLanguage(outside).parser.parse(source), tagHighlighter(rules), (from, to, kind) => found.push(`${kind} ${source.slice(from, to)}`));
  return found;
}

it.each([
  ['text', 'Hi {{ upper .data.name }}', ['brace {{', 'function upper', 'path .data.name', 'brace }}']],
  ['text', '{{- if $x -}}{{/* a }} b\n c */}}é', ['brace {{-', 'keyword if', 'variable $x', 'brace -}}{{', 'comment /* a }} b', 'comment  c */', 'brace }}']],
  ['text', '{{ `a\n}}` | default "}}" 1.5 true }}', ['brace {{', 'string `a', 'string }}`', 'brace |', 'function default', 'string "}}"', 'number 1.5', 'number true', 'brace }}']],
  ['json', '{"a": "x {{ .b }} y", "n": -1.5e3, "t": null}', ['property "a"', 'string "x ', 'brace {{', 'path .b', 'brace }}', 'string  y"', 'property "n"', 'number -1.5e3', 'property "t"', 'number null']],
  ['json', '"not closed\n{"b": 1}', ['string "not closed', 'property "b"', 'number 1']],
  ['html', '<a href="{{ .url }}" x>&amp; {b}</a><!-- <b>\n -->', ['tag <a', 'property href', 'string "', 'brace {{', 'path .url', 'brace }}', 'string "', 'property x', 'tag >', 'number &amp;', 'tag </a>', 'comment <!-- <b>', 'comment  -->']],
  ['html', '<td class=\'a\'>{{ .x', ['tag <td', 'property class', "string 'a'", 'tag >', 'brace {{', 'path .x']],
] as const)('colours %s: %s', (outside, source, want) => {
  expect(pieces(outside, source)).toEqual(want);
});

it('comes to an end, whatever is written', () => {
  for (const outside of ['json', 'html', 'text'] as const) {
    for (const source of ['{{', '{{/*', '{{ `', '{{ "', '<', '<a', '<a b="', '<!--', '"', '"\\', '{{- ', '😀{{ 😀 }}', '{{{{}}}}']) expect(() => pieces(outside, source)).not.toThrow();
  }
});
