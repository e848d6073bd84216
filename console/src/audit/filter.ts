import { moments, type Range } from '../fields/range';
import type { AuditFilter } from '../gql/graphql';
import { idOf } from '../search/ids';

/** The names of the filters in the address of the page. */
export const filterNames = ['action', 'target', 'actor', 'range', 'from', 'to'] as const;

export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

/** The API's filter. `now` is what lengths of time are counted back from. Ids may be pasted with what stands around them. */
export function toFilter(filters: Filters & Range, now: number): AuditFilter {
  const { problem: _, ...time } = moments(filters, now);
  return {
    ...(filters.action && { action: filters.action }),
    ...(filters.target && { target: idOf(filters.target)?.id ?? filters.target }),
    ...(filters.actor && { actorId: idOf(filters.actor)?.id ?? filters.actor }),
    ...time,
  };
}
