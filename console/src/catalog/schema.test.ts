import { expect, test } from 'vitest';
import { propertiesOf } from './schema';

// Lines as "  name: type required {limits}", by their depth.
const lines = (schema: unknown) =>
  propertiesOf(schema).rows.map((row) => `${'  '.repeat(row.depth)}${row.name}: ${row.type}${row.required ? ' required' : ''}${row.limits.length ? ` {${row.limits.join('; ')}}` : ''}`);

test('properties, nested ones and lists', () => {
  const schema = {
    type: 'object',
    required: ['id', 'lines'],
    properties: {
      id: { type: 'string', format: 'uuid' },
      state: { enum: ['open', 'closed'] },
      note: { type: ['string', 'null'], maxLength: 200 },
      address: { type: 'object', additionalProperties: false, properties: { city: { type: 'string' } } },
      lines: { type: 'array', minItems: 1, items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' }, price: { type: 'number', minimum: 0 } } } },
      tags: { type: 'array', items: { type: 'string' } },
    },
  };
  expect(lines(schema)).toEqual([
    'id: string required {uuid}',
    'state: string {one of "open", "closed"}',
    'note: string or null {up to 200 characters}',
    'address: object {no other names}',
    '  city: string',
    'lines: list of object required {1 or more entries}',
    '  sku: string required',
    '  price: number {at least 0}',
    'tags: list of string',
  ]);
});

test('references, allOf, alternatives and other names', () => {
  const schema = {
    $ref: '#/$defs/Order',
    $defs: {
      Order: {
        allOf: [{ $ref: '#/$defs/Base' }, { required: ['total'], properties: { total: { $ref: '#/$defs/Money', description: 'In all' } } }],
        properties: { payer: { oneOf: [{ $ref: '#/$defs/Person' }, { type: 'object', title: 'Company', properties: { vat: { type: 'string' } } }] }, gift: { anyOf: [{ $ref: '#/$defs/Person' }, { type: 'null' }] } },
      },
      Base: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
      Money: { type: 'object', additionalProperties: { type: 'number' } },
      Person: { type: 'object', properties: { name: { type: 'string' } } },
    },
  };
  expect(lines(schema)).toEqual([
    'id: integer required',
    'total: object required',
    '  any other name: number',
    'payer: object',
    '  either Person: object',
    '    name: string',
    '  either Company: object',
    '    vat: string',
    'gift: object or null',
    '  name: string',
  ]);
  expect(propertiesOf(schema).rows[1]?.description).toBe('In all');
});

test('a schema that contains itself ends', () => {
  const schema = { type: 'object', properties: { name: { type: 'string' }, parent: { $ref: '#' }, children: { type: 'array', items: { $ref: '#' } } } };
  expect(lines(schema)).toEqual(['name: string', 'parent: object, as above', 'children: list of object, as above']);
  const loop = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
  expect(lines(loop)).toEqual(['data: anything required']);
});

test('what is no object is one line', () => {
  expect(lines({ type: 'string', const: 'ping' })).toEqual(['data: string required {always "ping"}']);
  expect(lines(true)).toEqual(['data: anything required']);
  expect(lines({ type: 'array', items: { type: 'object', properties: { a: {} } } })).toEqual(['data: list of object required', '  a: anything']);
});

test('what is huge or malformed is cut, and breaks nothing', () => {
  const wide = { properties: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`p${n}`, { type: 'string' }])) };
  expect(propertiesOf(wide)).toMatchObject({ cut: true });
  expect(propertiesOf(wide).rows).toHaveLength(400);
  for (const odd of [null, 3, 'x', [], { properties: [] }, { properties: { a: null, b: 3 } }, { $ref: '#/nowhere' }, { $ref: 'https://example.com/x' }, { allOf: 3, oneOf: {} }, { $ref: '#/%E0%A4%A' }]) {
    expect(() => propertiesOf(odd)).not.toThrow();
  }
  expect(propertiesOf({ properties: { __proto__x: {}, constructor: { type: 'string' } } }).rows).toHaveLength(2);
});
