import { useEffect, useRef } from 'react';

/**
 * Asks anew on each hint that something has changed, one question at a time: an answer that is
 * under way may be older than the hint, so another question follows it. `busy` tells that one is
 * under way.
 */
export function useRenewal(ask: () => void, busy: boolean): () => void {
  const state = useRef({ ask, asked: false, again: false });
  state.current.ask = ask;
  const renew = useRef(() => {
    const now = state.current;
    if (now.asked) {
      now.again = true;
      return;
    }
    now.asked = true;
    now.ask();
  });
  useEffect(() => {
    const now = state.current;
    if (busy) {
      now.asked = true;
      return;
    }
    now.asked = false;
    if (!now.again) return;
    now.again = false;
    renew.current();
  }, [busy]);
  return renew.current;
}
