import { Button, CloseButton, Group, Paper, Progress, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import type { DeliveriesRecoveryQuery } from '../gql/graphql';
import { Failure } from '../parts/Failure';
import { useNews } from '../parts/news';
import { failed } from '../parts/notify';
import { useSession } from '../session/SessionProvider';
import { cancelRecoveryMutation, recoveryQuery, recoverySubscription } from './documents';
import { progressed } from './progressed';

type Recovery = NonNullable<DeliveriesRecoveryQuery['recovery']>;

/** How far a recovery is. It lives in the address, so that it is here again whenever one comes back. */
export function RecoveryPanel({ id, onOver, onClose }: { id: string; onOver: () => void; onClose: () => void }) {
  const { can } = useSession();
  const [{ data, error }] = useQuery({ query: recoveryQuery, variables: { id }, requestPolicy: 'network-only' });
  const [, cancel] = useMutation(cancelRecoveryMutation);
  const [recovery, setRecovery] = useState<Recovery | null>(null);
  const learn = (now: Recovery | null | undefined) => now && setRecovery((before) => progressed(before, now));
  useEffect(() => void learn(data?.recovery), [data]);
  useNews(recoverySubscription, { id }, (news) => learn(news.recoveryProgress));
  const over = Boolean(recovery?.completedAt ?? recovery?.canceledAt);
  const seen = useRef({ over, onOver });
  seen.current.onOver = onOver;
  useEffect(() => {
    if (over && !seen.current.over) seen.current.onOver();
    seen.current.over = over;
  }, [over]);

  if (error && !recovery) return <Failure error={error} />;
  if (data && data.recovery === null) return <Failure error="There is no such recovery any more." onRetry={onClose} />;
  const { total = 0, done = 0 } = recovery ?? {};
  const share = total === 0 ? (over ? 100 : 0) : Math.min(100, (100 * done) / total);
  return (
    <Paper withBorder p="sm" mb="md" component="section" aria-label="Recovery">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text fw={600} size="sm" role="status">
          {headline(recovery)}
        </Text>
        {over ? (
          <CloseButton size="sm" aria-label="Close the recovery" onClick={onClose} />
        ) : (
          can('MANAGE') && (
            <Button size="compact-sm" variant="default" onClick={() => void cancel({ id }).then(({ data: after, error: refused }) => (refused ? failed(refused) : learn(after?.cancelRecovery)))}>
              Stop
            </Button>
          )
        )}
      </Group>
      <Progress value={share} my={8} aria-label="Recovered" color={recovery?.canceledAt ? 'gray' : 'teal'} transitionDuration={200} />
      <Text size="xs" c="dimmed">
        {recovery ? `${done.toLocaleString('en')} of ${total.toLocaleString('en')} back in the queue.` : 'It begins.'}{' '}
        {over ? 'What fails once more shows up here again as failed.' : 'This goes on by itself when you leave the page; its address brings you back to it.'}
      </Text>
    </Paper>
  );
}

function headline(recovery: Recovery | null): string {
  if (!recovery) return 'Recovery';
  if (recovery.canceledAt) return 'The recovery was stopped. What is in the queue already is still sent.';
  if (recovery.completedAt) return 'The recovery is complete.';
  return 'Recovering failed deliveries';
}
