import { Button, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { Id } from '../parts/Copy';
import { useSession } from '../session/SessionProvider';
import { EventDeliveries } from './EventDeliveries';

/** An event that was published just now, and its deliveries as they happen. */
export function Published({ id, onMore, onClose }: { id: string; onMore: () => void; onClose: () => void }) {
  const { can } = useSession();
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Text size="sm" role="status">
          The event is stored:
        </Text>
        <Id id={id} />
      </Group>
      {can('READ') && <EventDeliveries eventId={id} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onMore}>
          Publish another
        </Button>
        <Button component={Link} to={`/events/${id}`} onClick={onClose}>
          Open the event
        </Button>
      </Group>
    </Stack>
  );
}
