import { Anchor, Paper, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { milliseconds, span } from '../parts/time';
import { When } from '../parts/When';
import { percent } from './target';

export interface Health {
  attempts: number;
  succeeded: number;
  failed: number;
  successRate: number | null;
  latencyP50: string | null;
  latencyP95: string | null;
  backlog: number;
  oldestPending: string | null;
}

interface Props {
  id: string;
  health: Health;
  failingSince: string | null;
  consecutiveFailures: number;
}

/** How the channel has done in the last 24 hours, and what waits now. */
export function ChannelHealth({ id, health, failingSince, consecutiveFailures }: Props) {
  const { attempts, failed, successRate, latencyP50, latencyP95, backlog, oldestPending } = health;
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
      <Tile label="Success, 24 h" value={successRate === null ? '–' : percent(successRate)}>
        {attempts === 0 ? (
          'No attempts'
        ) : (
          <>
            {attempts.toLocaleString('en')} {attempts === 1 ? 'attempt' : 'attempts'}, {failed.toLocaleString('en')} failed
          </>
        )}
      </Tile>
      <Tile label="Median time, 24 h" value={latencyP50 === null ? '–' : span(milliseconds(latencyP50))}>
        {latencyP95 === null ? 'Of one attempt' : `95 % are done in ${span(milliseconds(latencyP95))}`}
      </Tile>
      <Tile label="Waiting now" value={backlog.toLocaleString('en')}>
        {backlog > 0 && oldestPending ? (
          <>
            <Anchor component={Link} to={`/deliveries?statuses=PENDING,RETRYING&channelId=${id}`} inherit>
              Show them
            </Anchor>
            , the oldest from <When at={oldestPending} />
          </>
        ) : (
          'Nothing waits'
        )}
      </Tile>
      <Tile label="Failures in a row" value={consecutiveFailures.toLocaleString('en')}>
        {failingSince ? (
          <>
            Failing since <When at={failingSince} />
          </>
        ) : (
          'The last attempt was no failure'
        )}
      </Tile>
    </SimpleGrid>
  );
}

function Tile({ label, value, children }: { label: string; value: string; children: ReactNode }) {
  return (
    <Paper withBorder p="sm">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fz={24} fw={600} lh={1.3} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {children}
      </Text>
    </Paper>
  );
}
