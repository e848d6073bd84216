import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle, IconPlayerPause } from '@tabler/icons-react';
import type { ChannelStatus } from '../gql/graphql';
import { exact } from '../parts/time';
import { When } from '../parts/When';

interface Props {
  channel: { status: ChannelStatus; statusReason: string | null; heldUntil: string | null; health: { backlog: number } };
  /** Undefined for a key that may not. */
  resume?: () => void;
}

/** Why nothing leaves, and what to do; nothing while the channel is at work. */
export function ChannelNotice({ channel: { status, statusReason, heldUntil, health }, resume }: Props) {
  const waiting =
    health.backlog === 0 ? 'Nothing waits for it yet' : health.backlog === 1 ? '1 delivery waits' : `${health.backlog.toLocaleString('en')} deliveries wait`;
  const button = resume && (
    <Button size="compact-sm" variant="default" onClick={resume}>
      Resume
    </Button>
  );
  if (status === 'DISABLED') {
    return (
      <Alert color="red" mb="md" icon={<IconAlertTriangle aria-hidden />} title="The server disabled this channel">
        <Group justify="space-between" align="flex-end" gap="sm">
          <Text size="sm" maw={800} style={{ overflowWrap: 'anywhere' }}>
            {statusReason ? `${statusReason}. ` : ''}
            {waiting}; nothing is lost. Mend the cause, send a test, then resume: what waited is sent.
          </Text>
          {button}
        </Group>
      </Alert>
    );
  }
  if (status === 'PAUSED') {
    return (
      <Alert variant="default" mb="md" icon={<IconPlayerPause aria-hidden />} title="Paused">
        <Group justify="space-between" gap="sm">
          <Text size="sm">{waiting}. Resume, and what has waited is sent.</Text>
          {button}
        </Group>
      </Alert>
    );
  }
  if (!heldUntil) return null;
  return (
    <Alert variant="default" mb="md" icon={<IconPlayerPause aria-hidden />} title="The receiver asked for a pause">
      <Group justify="space-between" gap="sm">
        <Text size="sm">
          Until {exact(heldUntil)} (<When at={heldUntil} />
          ). {waiting}; the pause uses up no retry. Resume to send at once.
        </Text>
        {button}
      </Group>
    </Alert>
  );
}
