/** An operation that is ready to run, from examples/graphql. */
export interface Operation {
  /** The file's name without its end: channel-create. */
  name: string;
  title: string;
  text: string;
  query: string;
  variables: string;
}

/** Operations on one subject. */
export interface Group {
  title: string;
  operations: Operation[];
}

// Subjects in the order in which a newcomer needs them, by the beginnings of the names.
const subjects: [title: string, ...beginnings: string[]][] = [
  ['Publish events', 'event'],
  ['Watch live', 'live'],
  ['Webhooks', 'webhook'],
  ['Channels', 'channel'],
  ['Deliveries and attempts', 'delivery', 'attempt', 'stats'],
  ['Recover in bulk', 'recovery'],
  ['Templates', 'template'],
  ['Catalog', 'type'],
  ['Tenants and keys', 'tenant', 'key', 'portal'],
];

/**
 * Reads an example: the comments before the operation are its title, its text and, behind a
 * line "Variables", its variables in JSON. examples/graphql/README.md has the form.
 */
export function readOperation(name: string, source: string): Operation {
  const lines = source.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comments = lines.slice(0, end).map((line) => line.replace(/^# ?/, ''));
  const marked = comments.indexOf('Variables');
  const words = marked < 0 ? comments : comments.slice(0, marked);
  const variables = marked < 0 ? '' : comments.slice(marked + 1).join('\n').trim();
  return {
    name,
    title: words[0] ?? name,
    text: words.slice(1).join(' ').trim(),
    query: lines.slice(end).join('\n').trim(),
    variables: variables && JSON.stringify(JSON.parse(variables), null, 2),
  };
}

/** Puts operations into their groups; what no subject takes comes last. */
export function group(operations: Operation[]): Group[] {
  const left = new Set(operations);
  const groups = subjects.map(([title, ...beginnings]) => {
    const mine = operations
      .filter((one) => left.has(one) && beginnings.some((word) => one.name.startsWith(`${word}-`)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const one of mine) left.delete(one);
    return { title, operations: mine };
  });
  return [...groups, { title: 'More', operations: [...left] }].filter((one) => one.operations.length > 0);
}

/** The operations whose title, text or query has every word of the search. */
export function search(groups: Group[], words: string): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return groups
    .map(({ title, operations }) => ({
      title,
      operations: operations.filter((one) => {
        const text = `${title} ${one.title} ${one.text} ${one.query}`.toLowerCase();
        return wanted.every((word) => text.includes(word));
      }),
    }))
    .filter((one) => one.operations.length > 0);
}
