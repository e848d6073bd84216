import { Paper } from '@mantine/core';
import type { ReactNode } from 'react';
import type { OverviewStatsQuery } from '../gql/graphql';
import { milliseconds, span } from '../parts/time';
import { When } from '../parts/When';
import styles from './Overview.module.css';
import { percent, type Span } from './range';

const number = new Intl.NumberFormat();

interface Props {
  of: Span;
  stats: OverviewStatsQuery | undefined;
  waiting: { waiting: number; oldest: string | null } | undefined;
  /** Not every channel was looked at. */
  some: boolean;
}

/** The four numbers of the whole span. */
export function Tiles({ of, stats, waiting, some }: Props) {
  const whole = stats?.whole[0];
  const attempts = whole ? whole.succeeded + whole.failed : 0;
  const per = `in the last ${of.label.replace('Last ', '')}`;
  return (
    <dl className={styles.tiles}>
      <Tile name="Attempts" value={whole && number.format(attempts)} note={per} />
      <Tile name="Success rate" value={whole && percent(whole.succeeded, attempts)} note={whole && (whole.failed === 0 ? 'none failed' : `${number.format(whole.failed)} failed`)} />
      <Tile
        name="Median latency"
        value={whole && (whole.latencyP50 ? span(milliseconds(whole.latencyP50)) : '–')}
        note={whole?.latencyP95 && `95 % within ${span(milliseconds(whole.latencyP95))}`}
      />
      <Tile
        name="Waiting now"
        value={waiting && number.format(waiting.waiting)}
        note={
          waiting?.oldest ? (
            <>
              deliveries{some && ' of the first 200 channels'}; oldest <When at={waiting.oldest} />
            </>
          ) : (
            waiting && `deliveries${some ? ' of the first 200 channels' : ''}`
          )
        }
      />
    </dl>
  );
}

function Tile({ name, value, note }: { name: string; value: ReactNode; note: ReactNode }) {
  return (
    <Paper withBorder px="md" py="sm" className={styles.tile}>
      <dt>{name}</dt>
      <dd>
        <div className={styles.value}>{value ?? '\u00a0'}</div>
        <div className={styles.note}>{note}</div>
      </dd>
    </Paper>
  );
}
