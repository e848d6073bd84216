import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { ReactNode } from 'react';

/** Asks before something that cannot be undone. */
export function confirm(ask: { title: string; body: ReactNode; action: string; danger?: boolean; onConfirm: () => void }) {
  modals.openConfirmModal({
    title: ask.title,
    children: (
      <Text size="sm" component="div">
        {ask.body}
      </Text>
    ),
    labels: { confirm: ask.action, cancel: 'Cancel' },
    confirmProps: { color: ask.danger ? 'red' : undefined },
    onConfirm: ask.onConfirm,
  });
}
