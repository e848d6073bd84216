import { expect, it } from 'vitest';
import { offersAt } from './complete';
import { envelope } from './envelope';

const root = envelope('SLACK', { type: 'order.created', data: { customer: { name: 'Ada', 'first-name': 'A' }, items: [{ count: 2 }] } });

function offered(marked: string) {
  const at = marked.indexOf('‸');
  const offers = offersAt(marked.replace('‸', ''), at, root);
  return offers && { before: marked.slice(offers.from, at), labels: offers.options.map((one) => one.label), options: offers.options };
}

it.each([
  ['Hello {{ .‸ }}', '', 'data'],
  ['Hello {{ .da‸ }}', 'da', 'data'],
  ['Hello {{ .data.customer.n‸ }}', 'n', 'name'],
  ['Hello {{ .data.‸', '', 'customer'],
  ['{{ range .data.items }}{{ .‸ }}{{ end }}', '', 'count'],
  ['{{ range $i, $x := .data.items }}{{ $x.‸ }}{{ end }}', '', 'count'],
  ['{{ range .data.items }}{{ $.‸ }}{{ end }}', '', 'tenant'],
  ['{{ range $i, $x := .data.items }}{{ $‸ }}{{ end }}', '$', '$x'],
  ['{{ up‸ }}', 'up', 'upper'],
  ['{{ .data.items | l‸ }}', 'l', 'len'],
  ['{{ ‸ }}', '', '.data'],
  ['{{ ra‸ }}', 'ra', 'range'],
  ['{{ if (‸', '', 'and'],
])('in %s', (marked, before, label) => {
  const offers = offered(marked);
  expect(offers?.before).toBe(before);
  expect(offers?.labels).toContain(label);
});

it.each(['He‸llo {{ .x }}', '{{ "te‸xt" }}', '{{/* .‸ */}}', '{{ 12‸ }}', '{{ .data.nothing.‸ }}', '{{ .data.items.‸ }}', '{‸{ .x }}'])('keeps quiet in %s', (marked) => {
  expect(offered(marked)).toBeUndefined();
});

it('shows values, and what beginners need to know', () => {
  const found = (marked: string, label: string) => offered(marked)!.options.find((one) => one.label === label)!;
  expect(found('{{ .data.customer.‸ }}', 'name').detail).toBe('Ada');
  expect(found('{{ .data.‸ }}', 'items').info).toContain('range');
  expect(found('{{ .‸ }}', 'entityId').info).toContain('may be null');
  expect(found('{{ ‸ }}', 'upper')).toMatchObject({ detail: 'upper .x', example: { result: 'LONDON' } });
  expect(offered('{{ .data.customer.‸ }}')!.labels).toEqual(['name']);
  expect(offered('{{ upper i‸ }}')!.labels).not.toContain('if');
});
