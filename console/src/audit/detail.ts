import { idOf } from '../search/ids';

/** A field that an update has changed. Values that are secret or long are undefined. */
export interface Change {
  field: string;
  before?: unknown;
  after?: unknown;
}

/** What an entry tells: the name of its target then, what was changed, and the rest. */
export interface Told {
  name?: string;
  changed: Change[];
  rest: [name: string, value: string][];
}

/** Reads the detail of an entry, whatever a newer server puts into it. */
export function readDetail(detail: unknown): Told {
  const told: Told = { changed: [], rest: [] };
  if (!detail || typeof detail !== 'object') return told;
  for (const [field, value] of Object.entries(detail)) {
    if (field === 'name' && typeof value === 'string') told.name = value;
    else if (field === 'changed' && Array.isArray(value)) told.changed = value.filter(isChange);
    else told.rest.push([field, inWords(value)]);
  }
  return told;
}

function isChange(value: unknown): value is Change {
  return Boolean(value) && typeof value === 'object' && typeof (value as Change).field === 'string';
}

/** A value as people read it. */
export function inWords(value: unknown): string {
  if (value === null || value === '') return 'nothing';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) return value.join(', ');
  return JSON.stringify(value);
}

/** The page of what an entry is about; undefined where there is none, or no longer. */
export function targetPage(action: string, target: string | null, told: Told, portal: boolean): string | undefined {
  if (action === 'event_type.import') return '/catalog';
  if (!target || action.endsWith('.delete') || !idOf(target)) return undefined;
  switch (target.slice(0, 3)) {
    case 'chn':
      return `/channels/${target}`;
    case 'whk':
      return `/webhooks/${target}`;
    case 'tpl':
      return `/templates/${target}`;
    case 'evt':
      return `/events/${target}`;
    case 'dlv':
      return `/deliveries/${target}`;
    case 'rec':
      return `/deliveries?recovery=${target}`;
    case 'ety':
      return told.name && `/catalog/${encodeURIComponent(told.name)}`;
    case 'key':
      return portal ? undefined : '/settings/keys';
    case 'tnt':
      return portal ? undefined : '/settings/tenants';
  }
  return undefined;
}
