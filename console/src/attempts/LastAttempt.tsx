import { Group, Text } from '@mantine/core';
import type { AttemptStatus } from '../gql/graphql';
import { Status } from '../parts/Status';
import { When } from '../parts/When';

/** How the newest attempt went, and how long ago that was. */
export function LastAttempt({ attempt }: { attempt: { status: AttemptStatus; startedAt: string } | null }) {
  if (!attempt) {
    return (
      <Text span size="sm" c="dimmed">
        none yet
      </Text>
    );
  }
  return (
    <Group gap={6} wrap="nowrap">
      <Status value={attempt.status} />
      <Text span size="sm" c="dimmed">
        <When at={attempt.startedAt} />
      </Text>
    </Group>
  );
}
