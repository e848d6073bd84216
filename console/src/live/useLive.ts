import { useEffect, useState } from 'react';
import type { CombinedError } from 'urql';
import type { DeliveryAttemptFilter } from '../gql/graphql';
import { useSession } from '../session/SessionProvider';
import type { LiveAttempt } from './documents';
import { Feed, type Shown } from './feed';
import { follow, type Connection } from './follow';

// Between two drawings, so that a burst leaves the tab time for its user.
const drawEvery = 100;

export interface Live {
  shown: Shown<LiveAttempt>;
  /** False until the first rows of this filter are there. */
  ready: boolean;
  connection: Connection;
  /** It has ended; `again` begins anew. */
  error: CombinedError | null;
  pause(): void;
  resume(): void;
  again(): void;
}

/** The attempts that the filter takes, as they happen. Another filter begins anew. */
export function useLive(filter: DeliveryAttemptFilter): Live {
  const { api } = useSession();
  const [feed] = useState(() => new Feed<LiveAttempt>());
  const [shown, setShown] = useState(() => feed.state());
  const [ready, setReady] = useState(false);
  const [connection, setConnection] = useState<Connection>('starting');
  const [error, setError] = useState<CombinedError | null>(null);
  const [round, setRound] = useState(0);
  const key = JSON.stringify(filter);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let frame = 0;
    let drawn = 0;
    // By the next frame: a tab in the background draws nothing, and the feed keeps its bound.
    const soon = () => {
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        frame = requestAnimationFrame(() => {
          timer = undefined;
          drawn = performance.now();
          setShown(feed.flush());
        });
      }, Math.max(0, drawEvery - (performance.now() - drawn)));
    };
    setError(null);
    setReady(false);
    setConnection('starting');
    const stop = follow(api, JSON.parse(key) as DeliveryAttemptFilter, {
      begin(rows) {
        feed.reset(rows);
        setShown(feed.state());
        setReady(true);
      },
      next(row) {
        feed.take(row);
        soon();
      },
      connection: setConnection,
      failed: setError,
    });
    return () => {
      stop();
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [api, feed, key, round]);

  return {
    shown,
    ready,
    connection,
    error,
    pause() {
      feed.pause();
      setShown(feed.state());
    },
    resume() {
      feed.resume();
      setShown(feed.state());
    },
    again: () => setRound((n) => n + 1),
  };
}
