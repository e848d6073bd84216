import { useEffect, useRef, useState } from 'react';
import { useQuery, type AnyVariables, type CombinedError, type TypedDocumentNode } from 'urql';

/** The time, every so often, while somebody can see the page; at once when it is seen again. */
export function useTick(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    let last = Date.now();
    const tick = () => {
      if (document.visibilityState !== 'visible') return;
      last = Date.now();
      setNow(last);
    };
    const timer = setInterval(tick, everyMs);
    const seen = () => {
      if (Date.now() - last >= everyMs) tick();
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [everyMs]);
  return now;
}

interface Fresh<Data> {
  /** The newest answer; the former one stays until it is there. */
  data: Data | undefined;
  error: CombinedError | undefined;
  again: () => void;
}

/** What a query answers, asked anew with every tick. */
export function useFresh<Data, Variables extends AnyVariables>(query: TypedDocumentNode<Data, Variables>, variables: Variables, tick: number): Fresh<Data> {
  const [{ data, error }, execute] = useQuery({ query, variables } as Parameters<typeof useQuery<Data, Variables>>[0]);
  const kept = useRef(data);
  if (data) kept.current = data;
  const again = () => execute({ requestPolicy: 'network-only' });
  const latest = useRef(again);
  latest.current = again;
  const first = useRef(tick);
  useEffect(() => {
    if (tick !== first.current) latest.current();
  }, [tick]);
  return { data: data ?? kept.current, error, again };
}
