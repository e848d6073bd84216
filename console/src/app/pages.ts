import {
  IconActivity,
  IconBell,
  IconBook2,
  IconHistory,
  IconInbox,
  IconLayoutDashboard,
  IconPlugConnected,
  IconSend,
  IconSettings,
  IconTemplate,
  IconTimelineEvent,
} from '@tabler/icons-react';
import { lazy, type ComponentType } from 'react';
import type { Scope } from '../gql/graphql';

interface Section {
  label: string;
  to: string;
  icon: typeof IconBell;
  /** Who sees it; everyone who may READ where it is left out. */
  needs?: Scope;
  demo?: true;
  /** Not for the console that is embedded for a tenant. */
  own?: true;
}

/** The menu, in its order. */
export const sections: Section[] = [
  { label: 'Overview', to: '/', icon: IconLayoutDashboard },
  { label: 'Live', to: '/live', icon: IconActivity },
  { label: 'Deliveries', to: '/deliveries', icon: IconSend },
  { label: 'Events', to: '/events', icon: IconTimelineEvent },
  { label: 'Webhooks', to: '/webhooks', icon: IconBell },
  { label: 'Channels', to: '/channels', icon: IconPlugConnected },
  { label: 'Templates', to: '/templates', icon: IconTemplate },
  { label: 'Catalog', to: '/catalog', icon: IconBook2 },
  { label: 'Receivers', to: '/receivers', icon: IconInbox, needs: 'ADMIN', demo: true },
  { label: 'Audit log', to: '/audit', icon: IconHistory, needs: 'MANAGE' },
  { label: 'Settings', to: '/settings', icon: IconSettings, needs: 'MANAGE', own: true },
];

/** Every page, by its path. Each loads when it is opened. */
export const pages: { path: string; page: ComponentType }[] = [
  { path: '/', page: lazy(() => import('../overview/OverviewPage')) },
  { path: '/live', page: lazy(() => import('../live/LivePage')) },
  { path: '/deliveries', page: lazy(() => import('../deliveries/DeliveriesPage')) },
  { path: '/deliveries/:id', page: lazy(() => import('../deliveries/DeliveryPage')) },
  { path: '/events', page: lazy(() => import('../events/EventsPage')) },
  { path: '/events/:id', page: lazy(() => import('../events/EventPage')) },
  { path: '/webhooks', page: lazy(() => import('../webhooks/WebhooksPage')) },
  { path: '/webhooks/new', page: lazy(() => import('../webhooks/WebhookFormPage')) },
  { path: '/webhooks/:id', page: lazy(() => import('../webhooks/WebhookPage')) },
  { path: '/webhooks/:id/edit', page: lazy(() => import('../webhooks/WebhookFormPage')) },
  { path: '/channels', page: lazy(() => import('../channels/ChannelsPage')) },
  { path: '/channels/new', page: lazy(() => import('../channels/ChannelFormPage')) },
  { path: '/channels/:id', page: lazy(() => import('../channels/ChannelPage')) },
  { path: '/channels/:id/edit', page: lazy(() => import('../channels/ChannelFormPage')) },
  { path: '/templates', page: lazy(() => import('../templates/TemplatesPage')) },
  { path: '/templates/new', page: lazy(() => import('../templates/TemplateEditorPage')) },
  { path: '/templates/:id', page: lazy(() => import('../templates/TemplateEditorPage')) },
  { path: '/catalog', page: lazy(() => import('../catalog/CatalogPage')) },
  { path: '/catalog/:name', page: lazy(() => import('../catalog/EventTypePage')) },
  { path: '/receivers', page: lazy(() => import('../receivers/ReceiversPage')) },
  { path: '/audit', page: lazy(() => import('../audit/AuditPage')) },
  { path: '/settings/*', page: lazy(() => import('../settings/SettingsPage')) },
];
