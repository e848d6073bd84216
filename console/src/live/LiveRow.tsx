import { memo } from 'react';
import { Link } from 'react-router';
import { Kind } from '../parts/Kind';
import { Status } from '../parts/Status';
import { Took } from '../parts/When';
import { exact, milliseconds } from '../parts/time';
import type { LiveAttempt } from './documents';
import styles from './LiveRows.module.css';

interface Props {
  row: LiveAttempt;
  place: number;
  top: number;
  height: number;
  tenants: boolean;
  /** The page's other search parameters. */
  search: string;
  open: (id: string) => void;
  opened: boolean;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });

/** One attempt in a line. */
export const LiveRow = memo(function LiveRow({ row, place, top, height, tenants, search, open, opened }: Props) {
  const { channel, event, error } = row;
  // The rows are in the order in which attempts ended.
  const ended = new Date(Date.parse(row.startedAt) + (milliseconds(row.latency) || 0));
  return (
    <div
      role="row"
      aria-rowindex={place + 2}
      aria-current={opened || undefined}
      className={styles.row}
      style={{ transform: `translateY(${top}px)`, height }}
      onClick={() => open(row.id)}
      data-attempt={row.id}
    >
      <div role="cell" className={`${styles.cell} ${styles.atTime}`}>
        <Link to={`?${search}attempt=${row.id}`} className={styles.time} title={exact(ended.toISOString())} onClick={(click) => click.stopPropagation()}>
          {clock.format(ended)}
        </Link>
      </div>
      <div role="cell" className={`${styles.cell} ${styles.atStatus}`}>
        <Status value={row.status} />
      </div>
      {tenants && (
        <div role="cell" className={`${styles.cell} ${styles.atTenant}`} title={event.tenant.name}>
          {event.tenant.name}
        </div>
      )}
      <div role="cell" className={`${styles.cell} ${styles.atChannel}`} title={channel.name}>
        <Kind kind={channel.kind} name={channel.name} />
      </div>
      <div role="cell" className={`${styles.cell} ${styles.atType}`} title={event.type}>
        {row.trigger === 'TEST' && <span className={styles.faint}>Test: </span>}
        {event.type}
      </div>
      <div role="cell" className={`${styles.cell} ${styles.number} ${styles.atTry}`}>
        {row.number}
      </div>
      <div role="cell" className={`${styles.cell} ${styles.number} ${styles.atCode}`}>
        {row.responseCode ?? '–'}
      </div>
      <div role="cell" className={`${styles.cell} ${styles.number} ${styles.atTook}`}>
        <Took duration={row.latency} />
      </div>
      <div role="cell" className={`${styles.cell} ${styles.atError} ${styles.faint}`} title={error?.message}>
        {error?.message}
      </div>
    </div>
  );
});
