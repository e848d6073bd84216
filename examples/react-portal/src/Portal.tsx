import { useCallback, useEffect, useState } from 'react';

interface Session {
  url: string;
}

/** The console of the customer who is logged in here. Our own server makes the session, as only it has the key. */
export function Portal() {
  const [session, setSession] = useState<Session>();
  const [problem, setProblem] = useState('');

  const open = useCallback(async () => {
    try {
      const answer = await fetch('/portal-session', { method: 'POST' });
      if (!answer.ok) throw new Error(await answer.text());
      setSession((await answer.json()) as Session);
      setProblem('');
    } catch (error) {
      setSession(undefined);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }, []);

  useEffect(() => void open(), [open]);

  // The console tells when its session has ended: then it gets a new one.
  useEffect(() => {
    if (!session) return;
    const heard = (event: MessageEvent) => {
      if (event.origin === new URL(session.url).origin && event.data?.type === 'carillon:session-expired') void open();
    };
    window.addEventListener('message', heard);
    return () => window.removeEventListener('message', heard);
  }, [session, open]);

  if (problem) {
    return (
      <p role="alert">
        Notifications cannot be shown now: {problem} <button onClick={() => void open()}>Try again</button>
      </p>
    );
  }
  if (!session) return <p role="status">Loading</p>;
  // The key makes a new frame of a new session: its address differs in the fragment alone, which loads nothing.
  return <iframe key={session.url} src={session.url} title="Notifications" allow="clipboard-write" />;
}
