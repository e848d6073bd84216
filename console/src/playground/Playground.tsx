import { GraphiQL } from 'graphiql';
import { useCallback, useState } from 'react';
import { currentToken } from '../session/session';
import { Api } from './api';
import { examples } from './Examples';
import { KeyField } from './KeyField';
import styles from './Playground.module.css';
import { welcome } from './welcome';

const plugins = [examples];

/** GraphiQL over the API, with a key and with examples. The key is kept by the console's session alone, never by GraphiQL. */
export function Playground() {
  const [key, setKey] = useState(() => currentToken() ?? '');
  const [api] = useState(() => {
    const api = new Api();
    api.use(key);
    return api;
  });
  const change = (next: string) => {
    api.use(next);
    setKey(next);
  };
  const whose = useCallback((of: string) => api.whose(of), [api]);
  return (
    <main className={styles.page}>
      <header className={styles.head}>
        <a href="/" className={styles.home}>
          <img src="/icon.svg" alt="" width={22} height={22} /> Carillon
        </a>
        <h1>Playground</h1>
        <KeyField value={key} onChange={change} whose={whose} />
      </header>
      <div className={styles.graphiql}>
        <GraphiQL
          fetcher={api.fetcher}
          plugins={plugins}
          visiblePlugin={examples}
          defaultQuery={welcome}
          defaultEditorToolsVisibility="variables"
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Logo>{' '}</GraphiQL.Logo>
        </GraphiQL>
      </div>
    </main>
  );
}
