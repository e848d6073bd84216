import { Anchor, Group, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import type { Users } from './uses';

/** Who renders by the template, as links. */
export function Used({ users, partial }: { users: Users; partial: boolean }) {
  return (
    <>
      <Title order={2} size="h4" mt="lg" mb={4}>
        Used by
      </Title>
      <UserLinks users={users} />
      {partial && (
        <Text size="sm" c="dimmed">
          There are more channels and webhooks than were looked at.
        </Text>
      )}
    </>
  );
}

export function UserLinks({ users: { webhooks, channels }, onFollow }: { users: Users; onFollow?: () => void }) {
  if (webhooks.length + channels.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nobody yet. Choose it in a channel, or in the route of a webhook.
      </Text>
    );
  }
  const lists = [
    { label: webhooks.length === 1 ? 'Webhook' : 'Webhooks', to: '/webhooks', found: webhooks },
    { label: channels.length === 1 ? 'Channel' : 'Channels', to: '/channels', found: channels },
  ];
  return lists
    .filter((one) => one.found.length > 0)
    .map(({ label, to, found }) => (
      <Group key={to} gap="sm">
        <Text size="sm" c="dimmed">
          {label}:
        </Text>
        {found.slice(0, 20).map((one) => (
          <Anchor key={one.id} component={Link} to={`${to}/${one.id}`} onClick={onFollow} size="sm" style={{ overflowWrap: 'anywhere' }}>
            {one.name}
          </Anchor>
        ))}
        {found.length > 20 && <Text size="sm">and {found.length - 20} more</Text>}
      </Group>
    ));
}
