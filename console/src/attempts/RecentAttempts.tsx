import { Group, Text } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../gql';
import type { DeliveryAttemptFilter, RecentAttemptFragment } from '../gql/graphql';
import { AttemptDrawer, useAttemptDrawer } from './AttemptDrawer';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Kind } from '../parts/Kind';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { Status } from '../parts/Status';
import { Took, When } from '../parts/When';

/** What a row shows of an attempt. */
export const recentAttempt = graphql(`
  fragment RecentAttempt on DeliveryAttempt {
    id
    status
    trigger
    number
    responseCode
    startedAt
    latency
    nextAttemptAt
    error {
      code
      message
    }
    event {
      id
      type
    }
    channel {
      id
      name
      kind
    }
  }
`);

const recentQuery = graphql(`
  query RecentAttempts($first: Int!, $after: String, $filter: DeliveryAttemptFilter) {
    deliveryAttempts(first: $first, after: $after, filter: $filter) {
      nodes {
        ...RecentAttempt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const recentSubscription = graphql(`
  subscription RecentAttemptsLive($filter: DeliveryAttemptFilter) {
    deliveryAttempts(filter: $filter) {
      ...RecentAttempt
    }
  }
`);

type Attempt = RecentAttemptFragment;

interface Props {
  /** Of what: a channel or a webhook. Tests are shown too. */
  filter: DeliveryAttemptFilter;
  /** Whether a column says which channel. */
  channels?: boolean;
  empty: string;
  /** Told when a new one was made, so that what it changes can be asked for anew. */
  onNew?: () => void;
}

/** The newest attempts, as they are made. A click opens one beside the page. */
export function RecentAttempts({ filter, channels, empty, onNew }: Props) {
  const variables = { filter: { ...filter, includeTests: true } };
  const { rows: known, error, loading, more, again } = usePages(recentQuery, variables, (data) => data.deliveryAttempts, 10);
  const made = useMade(variables, onNew);
  const rows = known && [...made.filter(({ id }) => !known.some((one) => one.id === id)), ...known];
  const { open } = useAttemptDrawer();
  const columns: Column<Attempt>[] = [
    { header: 'Outcome', cell: (a) => <Status value={a.status} />, width: 120 },
    { header: 'Event', cell: ({ event, trigger }) => `${event.type}${trigger === 'TEST' ? ' (test)' : ''}` },
    ...(channels ? [{ header: 'Channel', from: 'sm', cell: ({ channel }) => <Kind kind={channel.kind} name={channel.name} /> } satisfies Column<Attempt>] : []),
    { header: 'Answer', from: 'md', cell: (a) => <Answer attempt={a} /> },
    { header: 'Attempt', from: 'md', align: 'right', width: 90, cell: (a) => a.number },
    { header: 'Took', from: 'sm', align: 'right', width: 90, cell: (a) => <Took duration={a.latency} /> },
    { header: 'When', align: 'right', width: 110, cell: (a) => <When at={a.startedAt} /> },
  ];
  return (
    <>
      <Failure error={error} onRetry={again} />
      <Rows label="Newest attempts" columns={columns} rows={rows} id={(a) => a.id} onOpen={(a) => open(a.id)} more={more} loading={loading} empty={<Empty title="No attempts yet">{empty}</Empty>} />
      <AttemptDrawer />
    </>
  );
}

const most = 100;

// Attempts as they are made, newest first. A burst of them is drawn a few times a second,
// and what else they change is asked for less often still.
function useMade(variables: { filter: DeliveryAttemptFilter }, onNew: (() => void) | undefined): Attempt[] {
  const client = useClient();
  const [made, setMade] = useState<Attempt[]>([]);
  const tell = useThrottledCallback(() => onNew?.(), 2000);
  useEffect(() => {
    let fresh: Attempt[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      const now = fresh;
      [fresh, timer] = [[], undefined];
      setMade((before) => [...now, ...before].slice(0, most));
      tell();
    };
    const { unsubscribe } = client.subscription(recentSubscription, variables).subscribe(({ data }) => {
      if (!data) return;
      fresh = [data.deliveryAttempts, ...fresh].slice(0, most);
      timer ??= setTimeout(draw, 150);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
      setMade([]);
    };
  }, [client, JSON.stringify(variables)]);
  return made;
}

function Answer({ attempt: { responseCode, error, nextAttemptAt } }: { attempt: Attempt }) {
  return (
    <Group gap={6} wrap="nowrap">
      {responseCode !== null && <Text span size="sm" ff="monospace">{responseCode}</Text>}
      {error && (
        <Text span size="sm" lineClamp={1} maw={320} title={error.message}>
          {error.message}
        </Text>
      )}
      {error && nextAttemptAt && Date.parse(nextAttemptAt) > Date.now() && (
        <Text span size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          again <When at={nextAttemptAt} />
        </Text>
      )}
    </Group>
  );
}
