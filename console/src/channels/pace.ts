import type { ChannelKind, Ordering } from '../gql/graphql';
import { lengthWords } from './retry';

/** How fast messages leave, in words. */
export function limitsWords(rate: number | null, concurrency: number, kind: ChannelKind): string {
  const usual = kind === 'SLACK' ? 1 : null;
  const speed = rate ?? usual;
  return `${speed === null ? 'No limit of speed' : `At most ${speed} ${speed === 1 ? 'message' : 'messages'} a second`}, ${concurrency.toLocaleString('en')} under way at once`;
}

export function batchingWords(batching: { maxEvents: number; maxWait: string } | null): string {
  if (!batching) return 'Each event by itself';
  return `Up to ${batching.maxEvents.toLocaleString('en')} events in a message, which waits at most ${lengthWords(batching.maxWait)} for them`;
}

export function orderingWords(ordering: Ordering): string {
  return ordering === 'PER_ENTITY' ? 'In order for each entity: one that fails holds back those behind it' : 'As fast as possible';
}
