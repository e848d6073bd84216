import { Button, Group, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import styles from './LiveState.module.css';
import type { Live } from './useLive';

const count = new Intl.NumberFormat();

/** Whether what is shown is of now, and the button that holds it. */
export function LiveState({ live }: { live: Live }) {
  const { shown, connection, pause, resume } = live;
  const [word, tone] = shown.paused ? ['Paused', styles.paused] : connection === 'live' ? ['Live', styles.live] : connection === 'starting' ? ['Starting…', styles.away] : ['Reconnecting…', styles.away];
  return (
    <Group gap="sm" wrap="nowrap">
      <Text size="sm" component="div" className={styles.state} data-state={word}>
        <span className={`${styles.dot} ${tone}`} aria-hidden />
        {/* The count is left out of what is read aloud: it would never end. */}
        <span role="status">{word}</span>
        {shown.paused && <span>{`, ${count.format(shown.waiting)} new${connection === 'reconnecting' ? ', reconnecting…' : ''}`}</span>}
      </Text>
      <Button
        variant="default"
        leftSection={shown.paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
        onClick={shown.paused ? resume : pause}
      >
        {shown.paused ? 'Resume' : 'Pause'}
      </Button>
    </Group>
  );
}
