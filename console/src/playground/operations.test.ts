import { expect, test } from 'vitest';
import { group, readOperation, search } from './operations';

const files = import.meta.glob<string>('../../../examples/graphql/*.graphql', { query: '?raw', import: 'default', eager: true });

test('every example has a title, a text, an operation and variables that are JSON', () => {
  expect(Object.keys(files).length).toBeGreaterThan(50);
  for (const [path, source] of Object.entries(files)) {
    const one = readOperation(path, source);
    expect(one.title, path).toMatch(/^[A-Z]/);
    expect(one.text, path).not.toBe('');
    expect(one.query, path).toMatch(/^(query|mutation|subscription)\b/);
    expect(one.variables === '' || typeof JSON.parse(one.variables) === 'object', path).toBe(true);
  }
});

test('an example is read by its comments', () => {
  expect(readOperation('tenant-show', '# Show a tenant\n# What is stored\n# about one.\n#\n# Variables\n# {"id": "tnt_…"}\n\nquery Tenant($id: ID!) {\n  tenant(id: $id) { id }\n}\n')).toEqual({
    name: 'tenant-show',
    title: 'Show a tenant',
    text: 'What is stored about one.',
    query: 'query Tenant($id: ID!) {\n  tenant(id: $id) { id }\n}',
    variables: '{\n  "id": "tnt_…"\n}',
  });
});

test('operations are grouped by their names, and none is left out', () => {
  const all = Object.entries(files).map(([path, source]) => readOperation(path.replace(/.*\/|\.graphql$/g, ''), source));
  const groups = group(all);
  expect(groups.flatMap((one) => one.operations)).toHaveLength(all.length);
  expect(groups[0]!.title).toBe('Publish events');
  expect(search(groups, 'LIVE resume').flatMap((one) => one.operations.map(({ name }) => name))).toContain('live-attempts-resume');
  expect(search(groups, 'no such words anywhere')).toEqual([]);
});
