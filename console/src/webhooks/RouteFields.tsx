import { ActionIcon, Anchor, Button, Fieldset, Group, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { Link } from 'react-router';
import { TemplateSelect } from '../channels/TemplateSelect';
import { kindLabel } from '../parts/Kind';
import { ChannelSelect } from './ChannelSelect';
import type { RouteDraft } from './draft';

interface Props {
  routes: RouteDraft[];
  onChange: (routes: RouteDraft[]) => void;
  tenantId: string | undefined;
  error: (path: string) => string | undefined;
}

/** The channels of a webhook, each with what its messages look like. */
export function RouteFields({ routes, onChange, tenantId, error }: Props) {
  const put = (place: number, values: Partial<RouteDraft>) => onChange(routes.map((one, at) => (at === place ? { ...one, ...values } : one)));
  const chosen = routes.flatMap(({ channel }) => (channel ? [channel.id] : []));
  return (
    <Fieldset legend="Routes">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Each channel gets every event that the webhook takes, as a delivery of its own.
        </Text>
        {routes.map(({ key, channel, templateId }, place) => (
          <Group key={key} align="flex-start" gap="xs">
            <ChannelSelect
              label={`Channel ${place + 1}`}
              placeholder="Choose a channel"
              tenantId={tenantId}
              value={channel}
              without={chosen}
              onChange={(now) => put(place, { channel: now, templateId: now?.kind === channel?.kind ? templateId : null })}
              error={error(`routes.${place}.channelId`)}
            />
            <div style={{ flex: '2 1 220px' }}>
              {channel && (
                <TemplateSelect
                  key={channel.kind}
                  kind={channel.kind}
                  tenantId={tenantId}
                  label={`Template ${place + 1} (${kindLabel(channel.kind)})`}
                  otherwise={channel.template ? "The channel's own" : 'The built-in one'}
                  value={templateId}
                  onChange={(id) => put(place, { templateId: id })}
                  error={error(`routes.${place}.templateId`)}
                />
              )}
            </div>
            <ActionIcon mt={26} size="lg" variant="subtle" color="gray" aria-label={`Remove channel ${place + 1}`} disabled={routes.length === 1} onClick={() => onChange(routes.filter((_, at) => at !== place))}>
              <IconTrash size={17} />
            </ActionIcon>
          </Group>
        ))}
        {error('routes') && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {error('routes')}
          </Text>
        )}
        <Group gap="md">
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => onChange([...routes, { key: Math.max(-1, ...routes.map(({ key }) => key)) + 1, channel: null, templateId: null }])}>
            Add a channel
          </Button>
          <Anchor component={Link} to="/channels/new" target="_blank" size="sm">
            Make a new channel (in another tab)
          </Anchor>
        </Group>
      </Stack>
    </Fieldset>
  );
}
