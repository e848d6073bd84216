import { IconBan, IconBell, IconBook2, IconBuilding, IconHash, IconHistory, IconPlus, IconRefresh, IconSend, IconTemplate, IconTimelineEvent } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from 'urql';
import { actionWords } from '../audit/words';
import type { sections } from '../app/pages';
import type { SearchNodeQuery } from '../gql/graphql';
import { kindLabel } from '../parts/Kind';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { namesQuery, nodeQuery } from './documents';
import { idOf, matches } from './ids';

export interface Item {
  id: string;
  group: string;
  label: string;
  detail?: string;
  icon: typeof IconBell;
  to: string;
  /** Chosen before its page opens. Null is all tenants. */
  tenant?: { id: string; name: string } | null;
}

/** What the text that was typed may mean, the likeliest first. */
export function useItems(typed: string, shown: typeof sections): { items: Item[]; busy: boolean; unknown: string | null } {
  const { admin, can } = useSession();
  const { tenant, tenantId } = useTenant();
  const text = typed.trim();
  const pasted = idOf(text);
  const [settled] = useDebouncedValue(text, 150);
  const [node] = useQuery({ query: nodeQuery, variables: { id: pasted?.id ?? '' }, pause: !pasted });
  const named = settled !== '' && !idOf(settled);
  const [names] = useQuery({ query: namesQuery, variables: { search: settled, tenantId, tenants: admin }, pause: !named });
  if (pasted) {
    // An answer about another id may still stand here.
    const busy = node.fetching || node.operation?.variables.id !== pasted.id;
    const found = node.data?.node?.id === pasted.id ? node.data.node : null;
    return { items: found ? [nodeItem(found, pasted.kind)] : [], busy, unknown: !busy && !found ? `There is no ${pasted.kind.toLowerCase()} ${pasted.id}, or it is not this tenant's.` : null };
  }
  const pages: Item[] = shown.map(({ label, to, icon }) => ({ id: to, group: 'Go to', label, icon, to }));
  const acts: Item[] = [
    { id: 'failed', group: 'Do', label: 'Failed deliveries', icon: IconBan, to: '/deliveries?statuses=FAILED' },
    { id: 'retrying', group: 'Do', label: 'Retrying deliveries', icon: IconRefresh, to: '/deliveries?statuses=RETRYING' },
    ...(can('PUBLISH') ? [{ id: 'publish', group: 'Do', label: 'Publish an event', icon: IconPlus, to: '/events?publish=1' }] : []),
    ...(can('MANAGE')
      ? [
          { id: 'channel', group: 'Do', label: 'New channel', icon: IconPlus, to: '/channels/new' },
          { id: 'webhook', group: 'Do', label: 'New webhook', icon: IconPlus, to: '/webhooks/new' },
          { id: 'template', group: 'Do', label: 'New template', icon: IconPlus, to: '/templates/new' },
        ]
      : []),
    ...(admin && tenant ? [{ id: 'all', group: 'Do', label: 'Show all tenants', icon: IconBuilding, to: '/', tenant: null }] : []),
  ];
  const own = [...acts, ...pages].filter((one) => matches(text, one.label));
  if (!text) return { items: own, busy: false, unknown: null };
  const data = named && settled === text ? names.data : undefined;
  const things: Item[] = data
    ? [
        ...data.channels.nodes.map((one) => ({ id: one.id, group: 'Channels', label: one.name, detail: kindLabel(one.kind), icon: IconSend, to: `/channels/${one.id}` })),
        ...data.webhooks.nodes.map((one) => ({ id: one.id, group: 'Webhooks', label: one.name, icon: IconBell, to: `/webhooks/${one.id}` })),
        ...data.eventTypes.nodes.map((one) => ({ id: one.id, group: 'Event types', label: one.name, icon: IconBook2, to: `/catalog/${encodeURIComponent(one.name)}` })),
        ...data.templates.nodes.map((one) => ({ id: one.id, group: 'Templates', label: one.name, detail: kindLabel(one.kind), icon: IconTemplate, to: `/templates/${one.id}` })),
        ...(data.tenants?.nodes.map((one) => ({ id: one.id, group: 'Tenants', label: one.name, icon: IconBuilding, to: '/', tenant: one })) ?? []),
      ]
    : [];
  const events: Item[] = [
    { id: 'entity', group: 'Events', label: `Events of the entity ${text}`, icon: IconTimelineEvent, to: `/events?${new URLSearchParams({ entityId: text })}` },
    { id: 'idempotency', group: 'Events', label: `The event with the idempotency key ${text}`, icon: IconHash, to: `/events?${new URLSearchParams({ key: text })}` },
  ];
  return { items: [...own, ...things, ...events], busy: settled !== text || names.fetching || names.operation?.variables.search !== text, unknown: null };
}

function nodeItem(node: NonNullable<SearchNodeQuery['node']>, kind: string): Item {
  const item = (icon: typeof IconBell, label: string, to: string, more: Partial<Item> = {}): Item => ({ id: node.id, group: kind, label, detail: node.id, icon, to, ...more });
  switch (node.__typename) {
    case 'Event':
      return item(IconTimelineEvent, node.type, `/events/${node.id}`);
    case 'Delivery':
      return item(IconSend, `${node.event.type} to ${node.channel.name}`, `/deliveries/${node.id}`);
    case 'DeliveryAttempt':
      return item(IconSend, `Attempt ${node.number} of ${node.event.type} to ${node.channel.name}`, `/deliveries/${node.delivery.id}?attempt=${node.id}`);
    case 'Webhook':
      return item(IconBell, node.name, `/webhooks/${node.id}`);
    case 'Channel':
      return item(IconSend, node.name, `/channels/${node.id}`);
    case 'Template':
      return item(IconTemplate, node.name, `/templates/${node.id}`);
    case 'EventType':
      return item(IconBook2, node.name, `/catalog/${encodeURIComponent(node.name)}`);
    case 'Tenant':
      return item(IconBuilding, node.name, '/', { tenant: { id: node.id, name: node.name } });
    case 'ApiKey':
      return item(IconHash, node.name, '/settings/keys');
    case 'AuditEntry':
      return item(IconHistory, actionWords(node.action), `/audit?entry=${node.id}`);
    case 'Recovery':
      return item(IconRefresh, `Recovery of ${node.total.toLocaleString('en')} deliveries`, `/deliveries?recovery=${node.id}`);
  }
}
