import type { EventFilter } from '../gql/graphql';
import { moments, type Range } from '../fields/range';

/** The names of the filters in the address of the list. */
export const filterNames = ['type', 'entityId', 'tag', 'key', 'tests', 'range', 'from', 'to'] as const;

export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

/** The API's filter. `now` is what lengths of time are counted back from. */
export function toFilter(filters: Filters & Range, tenantId: string | undefined, now: number): EventFilter {
  const { problem: _, ...time } = moments(filters, now);
  return {
    ...(tenantId && { tenantId }),
    ...(filters.type && { types: [filters.type] }),
    ...(filters.entityId && { entityId: filters.entityId }),
    ...(filters.tag && { tag: filters.tag }),
    ...(filters.key && { idempotencyKey: filters.key }),
    ...(filters.tests && { includeTests: true }),
    ...time,
  };
}
