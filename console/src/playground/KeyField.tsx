import { useEffect, useState } from 'react';
import styles from './Playground.module.css';

interface Props {
  value: string;
  onChange: (key: string) => void;
  whose: (key: string) => Promise<string>;
}

type State = { tone: 'none' | 'good' | 'bad'; text: string };

const none: State = { tone: 'none', text: 'Without a key only the schema can be read.' };

/** The key that operations are run with, and whose it is. */
export function KeyField({ value, onChange, whose }: Props) {
  const [state, setState] = useState<State>(none);
  useEffect(() => {
    if (!value) return setState(none);
    let stale = false;
    const timer = setTimeout(() => {
      whose(value).then(
        (text) => stale || setState({ tone: 'good', text }),
        (error: unknown) => stale || setState({ tone: 'bad', text: error instanceof Error ? error.message : String(error) }),
      );
    }, 300);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [value, whose]);
  return (
    <div className={styles.key}>
      <label htmlFor="key">API key</label>
      <input id="key" type="password" autoComplete="off" spellCheck={false} value={value} onChange={(event) => onChange(event.currentTarget.value.trim())} aria-describedby="key-state" />
      <span id="key-state" role="status" className={styles[state.tone]}>
        {state.text}
      </span>
    </div>
  );
}
