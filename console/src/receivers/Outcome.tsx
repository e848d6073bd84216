import { Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import type { Message } from './received';

/** How a receiver answered: in a picture, a word and a number. */
export function Outcome({ message }: { message: Message }) {
  const Icon = message.accepted ? IconCircleCheck : IconCircleX;
  return (
    <Text span size="xs" style={{ display: 'inline-flex', alignItems: 'center', gap: 4, whiteSpace: 'nowrap' }}>
      <Icon size={14} aria-hidden color={message.accepted ? 'light-dark(var(--mantine-color-teal-8), var(--mantine-color-teal-5))' : 'var(--mantine-color-error)'} />
      {message.accepted ? 'Took it' : 'Refused'} · {message.status}
    </Text>
  );
}
