import { useCallback, useEffect, useState } from 'react';
import { currentToken } from '../session/session';
import { askAfter, merged, type Answer, type Receiver } from './received';

const every = 1000;

interface Received {
  /** Null until the first answer. */
  known: Answer | null;
  error: string;
  /** Lets a receiver fail, or mends it; an error's text, or nothing. */
  set: (name: string, failing: boolean) => Promise<string>;
}

/** What the demo's receivers got, asked for each second while the page is looked at. */
export function useReceived(): Received {
  const [known, setKnown] = useState<Answer | null>(null);
  const [error, setError] = useState('');

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let latest: Answer | null = null;
    const ask = async () => {
      timer = undefined;
      if (document.hidden) return;
      try {
        const answer = await request<Answer>(`/demo/received?after=${askAfter(latest)}`, { signal: stop.signal });
        // Another server counts anew: what it has is asked for at once, and whole.
        const again = latest !== null && answer.latest < latest.latest;
        latest = again ? null : merged(latest, answer);
        if (latest) setKnown(latest);
        setError('');
        if (again) return void ask();
      } catch (failure) {
        if (stop.signal.aborted) return;
        setError((failure as Error).message);
      }
      timer = setTimeout(ask, every);
    };
    const look = () => {
      if (!document.hidden && timer === undefined && !stop.signal.aborted) timer = setTimeout(ask, 0);
    };
    void ask();
    document.addEventListener('visibilitychange', look);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);

  const set = useCallback(async (name: string, failing: boolean) => {
    try {
      const changed = await request<Receiver>(`/demo/receivers/${encodeURIComponent(name)}`, { method: 'POST', body: JSON.stringify({ failing }) });
      setKnown((now) => now && { ...now, receivers: now.receivers.map((one) => (one.name === name ? changed : one)) });
      return '';
    } catch (failure) {
      return (failure as Error).message;
    }
  }, []);

  return { known, error, set };
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, headers: { Authorization: `Bearer ${currentToken()}`, 'Content-Type': 'application/json' } });
  } catch {
    throw new Error('The server does not answer. The demo may have ended.');
  }
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body as T;
  throw new Error(wrong(body) || `The server answered with ${answer.status}.`);
}

function wrong(body: unknown): string {
  return typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : '';
}
