import type { ChannelKind } from '../../gql/graphql';

/** What is known of the event that a template is shown with. */
export interface EventSample {
  id?: string;
  type: string;
  timestamp?: string;
  entityId?: string | null;
  version?: string | null;
  tags?: string[];
  test?: boolean;
  data: unknown;
  tenant?: { id: string; name: string };
}

/** What the fields beside the data are. */
export const envelopeDocs: Record<string, string> = {
  '.id': "the event's id",
  '.type': 'its type',
  '.timestamp': 'when it happened',
  '.entityId': 'what it is about; may be null',
  '.version': 'version of the data; may be null',
  '.tags': 'a list of texts',
  '.data': 'what was published',
  '.test': 'whether it is a test event',
  '.tenant': 'whose event it is',
  '.tenant.externalId': "your own system's id; may be null",
  '.webhook': 'the webhook; null for a test of a channel alone',
  '.channel': 'where the message goes',
  '.channel.secret': 'the signing secret',
  '.delivery': 'this delivery',
  '.delivery.attempt': 'the number of this attempt, from 1',
  '.events': 'all events of a batch; the fields above are those of the first',
  '.batch': 'whether the channel batches',
};

/** The whole that a template sees, with the server's samples for what is known only when a message is sent. */
export function envelope(kind: ChannelKind, sample: EventSample): Record<string, unknown> {
  const event = {
    id: sample.id ?? 'evt_00000000000000000000000001',
    type: sample.type,
    timestamp: sample.timestamp ?? '2026-01-01T12:00:00.000Z',
    entityId: sample.entityId === undefined ? 'sample-entity' : sample.entityId,
    version: sample.version === undefined ? '1' : sample.version,
    tags: sample.tags ?? ['sample'],
    data: sample.data,
    test: sample.test ?? false,
  };
  return {
    ...event,
    tenant: { ...(sample.tenant ?? { id: 'tnt_00000000000000000000000001', name: 'Sample tenant' }), externalId: 'sample-customer' },
    webhook: { id: 'whk_00000000000000000000000001', name: 'Sample webhook' },
    channel: { id: 'chn_00000000000000000000000001', name: 'Sample channel', kind, ...(kind === 'HTTP' && { secret: '********' }) },
    delivery: { id: 'dlv_00000000000000000000000001', attempt: 1 },
    events: [event],
    batch: false,
  };
}
