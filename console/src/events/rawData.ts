import { useEffect, useState } from 'react';
import { currentToken } from '../session/session';
import { cutData } from './cutData';

/** An event's data as the server has them, to the digit; null until then, and where that fails. */
export function useRawData(id: string): string | null {
  const [raw, setRaw] = useState<string | null>(null);
  useEffect(() => {
    const leave = new AbortController();
    const ask = async () => {
      const answer = await fetch('/graphql', {
        method: 'POST',
        signal: leave.signal,
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${currentToken()}` },
        body: JSON.stringify({ query: 'query EventRawData($id: ID!) { event(id: $id) { data } }', variables: { id } }),
      });
      setRaw(cutData(await answer.text()));
    };
    ask().catch(() => undefined); // the page has asked for the data too, and says what failed
    return () => leave.abort();
  }, [id]);
  return raw;
}
