import type { ChannelKind, TemplatePartName } from '../gql/graphql';
import type { Outside } from './language/highlight';
import starters from './language/starters.json';

export type Parts = Partial<Record<TemplatePartName, string>>;

/** A template as its author has it before it is saved. */
export interface Draft {
  name: string;
  description: string;
  kind: ChannelKind;
  parts: Parts;
}

const partsOf: Record<ChannelKind, TemplatePartName[]> = {
  HTTP: ['BODY', 'CONTENT_TYPE'],
  SLACK: ['BODY'],
  EMAIL: ['SUBJECT', 'HTML', 'TEXT'],
  SMS: ['TEXT'],
};

/** The parts that a template of the kind may have, as the editor shows them. */
export function partNames(kind: ChannelKind): TemplatePartName[] {
  return partsOf[kind];
}

const labels: Record<TemplatePartName, string> = { BODY: 'Body', CONTENT_TYPE: 'Content type', SUBJECT: 'Subject', TEXT: 'Text', HTML: 'HTML' };

export function partLabel(part: TemplatePartName): string {
  return labels[part];
}

/** One sentence on what the part is. */
export function partHint(kind: ChannelKind, part: TemplatePartName): string {
  switch (part) {
    case 'BODY':
      return kind === 'SLACK' ? 'The JSON of a Slack message, with text or blocks.' : 'What is sent. Values are escaped for JSON, or for the content type.';
    case 'CONTENT_TYPE':
      return 'Only where the body is not JSON: text/xml; charset=utf-8, for instance.';
    case 'SUBJECT':
      return 'One line.';
    case 'HTML':
      return 'For mail programs that show HTML. Values are escaped.';
    case 'TEXT':
      return kind === 'SMS' ? 'The text message.' : 'For mail programs that show plain text.';
  }
}

/** What the text around a part's actions is. */
export function outsideOf(kind: ChannelKind, part: TemplatePartName, parts: Parts): Outside {
  if (part === 'HTML') return 'html';
  if (part !== 'BODY') return 'text';
  const type = (kind === 'HTTP' && parts.CONTENT_TYPE?.split(';')[0]?.trim().toLowerCase()) || 'application/json';
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  return /html|xml/.test(type) ? 'html' : 'text';
}

/** The parts as the API takes them: those that may be left out are, where nothing is in them. */
export function partInputs({ kind, parts }: Pick<Draft, 'kind' | 'parts'>): { name: TemplatePartName; source: string }[] {
  const given = partsOf[kind].filter((name) => parts[name]?.trim());
  const needed = partsOf[kind].filter((name) => name === 'SUBJECT' || name === 'BODY' || (name === 'TEXT' && !given.includes('HTML')));
  return partsOf[kind].filter((name) => given.includes(name) || needed.includes(name)).map((name) => ({ name, source: parts[name] ?? '' }));
}

export function partsFrom(list: { name: TemplatePartName; source: string }[]): Parts {
  return Object.fromEntries(list.map(({ name, source }) => [name, source]));
}

/** Whether two drafts say the same. */
export function same(a: Draft, b: Draft): boolean {
  return a.name === b.name && a.description === b.description && a.kind === b.kind && sameParts(a, b);
}

export function sameParts(a: Pick<Draft, 'kind' | 'parts'>, b: Pick<Draft, 'kind' | 'parts'>): boolean {
  return JSON.stringify(partInputs(a)) === JSON.stringify(partInputs(b));
}

/** A short template of a kind that works with every event. */
export function starter(kind: ChannelKind): Parts {
  return starters[kind];
}
