import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useAttemptDrawer } from '../attempts/AttemptDrawer';
import type { LiveAttempt } from './documents';
import { LiveRow } from './LiveRow';
import styles from './LiveRows.module.css';
import { place, within } from './window';

const headHeight = 34;

/** The rows, of which only those in sight are in the document. New ones never move what is being read. */
export function LiveRows({ rows, tenants }: { rows: LiveAttempt[]; tenants: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 1000, height: 600 });
  const [scrolled, setScrolled] = useState(0);
  const { attempt, open } = useAttemptDrawer();
  const [params] = useSearchParams();
  const narrow = size.width < 720;
  const rowHeight = narrow ? 54 : 34;
  const head = narrow ? 0 : headHeight;

  useLayoutEffect(() => {
    const element = scroller.current!;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Whoever has scrolled down, or stands in a row with the keyboard, keeps that place.
  const topmost = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const element = scroller.current!;
    const added = place(rows, topmost.current);
    topmost.current = rows[0]?.id;
    const stands = element.scrollTop > 0 || element.querySelector(':focus-visible') !== null;
    if (added > 0 && stands) element.scrollTop += added * rowHeight;
  }, [rows, rowHeight]);

  const opener = useRef(open);
  opener.current = open;
  const openRow = useCallback((id: string) => opener.current(id), []);

  const others = new URLSearchParams(params);
  others.delete('attempt');
  const search = others.size > 0 ? `${others}&` : '';
  const [from, to] = within(scrolled, size.height, rowHeight, rows.length);
  const wide = tenants && size.width > 900;
  return (
    <div
      ref={scroller}
      className={[styles.scroller, narrow && styles.narrow, wide && styles.tenants].filter(Boolean).join(' ')}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
      role="region"
      aria-label="Attempts, newest first"
      tabIndex={0}
    >
      <div role="table" aria-label="Attempts" aria-rowcount={rows.length + 1}>
        <div role="rowgroup" className={styles.head} style={{ height: head || undefined }}>
          <div role="row" style={{ display: 'contents' }}>
            <div role="columnheader">Time</div>
            <div role="columnheader">Status</div>
            {wide && <div role="columnheader">Tenant</div>}
            <div role="columnheader">Channel</div>
            <div role="columnheader">Event type</div>
            <div role="columnheader" className={styles.number}>Try</div>
            <div role="columnheader" className={styles.number}>Code</div>
            <div role="columnheader" className={styles.number}>Took</div>
            <div role="columnheader">Error</div>
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: rows.length * rowHeight }}>
          {rows.slice(from, to).map((row, n) => (
            <LiveRow
              key={row.id}
              row={row}
              place={from + n}
              top={(from + n) * rowHeight}
              height={rowHeight}
              tenants={wide}
              search={search}
              open={openRow}
              opened={row.id === attempt}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
