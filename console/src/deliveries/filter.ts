import type { DeliveryFilter, DeliveryStatus } from '../gql/graphql';
import { moments, type Range } from '../fields/range';
import { statusLabel } from '../parts/Status';

/** The names of the filters in the address of the list. */
export const filterNames = ['statuses', 'channelId', 'webhookId', 'eventType', 'eventId', 'range', 'from', 'to'] as const;

export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

const all: DeliveryStatus[] = ['PENDING', 'DELIVERING', 'RETRYING', 'SENT', 'SUCCEEDED', 'FAILED', 'CANCELED'];

/** The views that are one click away. */
export const views: { label: string; statuses: DeliveryStatus[] }[] = [
  { label: 'All', statuses: [] },
  { label: 'Failed', statuses: ['FAILED'] },
  { label: 'Retrying', statuses: ['RETRYING'] },
  { label: 'Under way', statuses: ['PENDING', 'DELIVERING', 'SENT'] },
  { label: 'Succeeded', statuses: ['SUCCEEDED'] },
  { label: 'Canceled', statuses: ['CANCELED'] },
];

/** The states that the address names; others are nobody's. */
export function statusesOf(text: string | undefined): DeliveryStatus[] {
  const named = (text ?? '').toUpperCase().split(',');
  return all.filter((one) => named.includes(one));
}

/** The API's filter. `now` is what lengths of time are counted back from. */
export function toFilter(filters: Filters & Range, tenantId: string | undefined, now: number): DeliveryFilter {
  const { problem: _, ...time } = moments(filters, now);
  const statuses = statusesOf(filters.statuses);
  return {
    ...(tenantId && { tenantId }),
    ...(statuses.length > 0 && { statuses }),
    ...(filters.channelId && { channelId: filters.channelId }),
    ...(filters.webhookId && { webhookId: filters.webhookId }),
    ...(filters.eventType && { eventTypes: [filters.eventType] }),
    ...(filters.eventId && { eventId: filters.eventId }),
    ...time,
  };
}

/** What the filter leaves, in words: "of contact.created, since 20 Nov 2026, 12:00". Empty where it takes everything. */
export function inWords(filter: DeliveryFilter, names: { channel?: string; webhook?: string }, moment: (at: string) => string): string {
  const parts: string[] = [];
  if (filter.eventTypes?.length) parts.push(`of ${filter.eventTypes.join(', ')}`);
  if (filter.eventId) parts.push(`of the event ${filter.eventId}`);
  if (filter.channelId) parts.push(`on the channel ${names.channel ?? filter.channelId}`);
  if (filter.webhookId) parts.push(`by the webhook ${names.webhook ?? filter.webhookId}`);
  if (filter.from) parts.push(`since ${moment(filter.from)}`);
  if (filter.to) parts.push(`until ${moment(filter.to)}`);
  return parts.join(', ');
}

/** The name of a set of states, for a reader. */
export function viewLabel(statuses: DeliveryStatus[]): string {
  return views.find((one) => one.statuses.join() === statuses.join())?.label ?? statuses.map(statusLabel).join(', ');
}
