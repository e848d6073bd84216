/** What each action is in plain words, by the kind of thing that it is done to. */
export const actionGroups: { kind: string; label: string; actions: Record<string, string> }[] = [
  {
    kind: 'channel',
    label: 'Channels',
    actions: {
      'channel.create': 'Made a channel',
      'channel.update': 'Changed a channel',
      'channel.delete': 'Deleted a channel',
      'channel.pause': 'Paused a channel',
      'channel.resume': 'Resumed a channel',
      'channel.secret.read': 'Read a signing secret',
      'channel.secret.rotate': 'Rotated a signing secret',
      'channel.suppression.lift': 'Lifted a suppression',
    },
  },
  {
    kind: 'webhook',
    label: 'Webhooks',
    actions: {
      'webhook.create': 'Made a webhook',
      'webhook.update': 'Changed a webhook',
      'webhook.delete': 'Deleted a webhook',
      'webhook.pause': 'Paused a webhook',
      'webhook.resume': 'Resumed a webhook',
    },
  },
  {
    kind: 'template',
    label: 'Templates',
    actions: {
      'template.create': 'Made a template',
      'template.update': 'Changed a template',
      'template.delete': 'Deleted a template',
    },
  },
  {
    kind: 'delivery',
    label: 'Deliveries',
    actions: { 'delivery.retry': 'Retried a delivery', 'delivery.cancel': 'Canceled a delivery' },
  },
  {
    kind: 'recovery',
    label: 'Recoveries',
    actions: { 'recovery.create': 'Recovered failed deliveries', 'recovery.cancel': 'Canceled a recovery' },
  },
  {
    kind: 'event',
    label: 'Events',
    actions: { 'event.replay': 'Replayed an event', 'event.test': 'Sent a test event' },
  },
  {
    kind: 'key',
    label: 'API keys',
    actions: { 'key.create': 'Made an API key', 'key.revoke': 'Revoked an API key' },
  },
  { kind: 'session', label: 'Portal sessions', actions: { 'session.create': 'Made a portal session' } },
  {
    kind: 'tenant',
    label: 'Tenants',
    actions: {
      'tenant.create': 'Made a tenant',
      'tenant.update': 'Changed a tenant',
      'tenant.delete': 'Deleted a tenant',
      'tenant.export': 'Exported a tenant',
      'tenant.import': 'Imported a tenant',
    },
  },
  {
    kind: 'event_type',
    label: 'Event types',
    actions: {
      'event_type.create': 'Made an event type',
      'event_type.update': 'Changed an event type',
      'event_type.archive': 'Archived an event type',
      'event_type.import': 'Imported event types',
    },
  },
  { kind: 'encryption', label: 'Encryption', actions: { 'encryption.rekey': 'Encrypted the secrets anew' } },
];

const words = new Map(actionGroups.flatMap(({ actions }) => Object.entries(actions)));

/** The action in plain words; one of a newer server as it is called. */
export function actionWords(action: string): string {
  return words.get(action) ?? action;
}
