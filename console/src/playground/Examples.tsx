import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import { IconBook } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { group, readOperation, search, type Operation } from './operations';
import styles from './Playground.module.css';
import { welcome } from './welcome';

const files = import.meta.glob<string>('../../../examples/graphql/*.graphql', { query: '?raw', import: 'default', eager: true });
const groups = group(Object.entries(files).map(([path, source]) => readOperation(path.replace(/.*\/|\.graphql$/g, ''), source)));

/** The pane with operations for every task; each opens in a tab of its own. */
function Examples() {
  const [words, setWords] = useState('');
  const found = useMemo(() => search(groups, words), [words]);
  const open = useOpen();
  return (
    <div className={styles.examples}>
      <h2>Examples</h2>
      <input type="search" aria-label="Find an example" placeholder="Find an example" value={words} onChange={(event) => setWords(event.currentTarget.value)} />
      {found.map(({ title, operations }) => (
        <section key={title}>
          <h3>{title}</h3>
          <ul>
            {operations.map((one) => (
              <li key={one.name}>
                <button type="button" onClick={() => open(one)}>
                  <strong>{one.title}</strong>
                  <span>{one.text}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {found.length === 0 && <p>No example has these words.</p>}
    </div>
  );
}

// What is chosen is shown as soon as the editors are there, which load after this page. A
// tab that shows an example unchanged is used again, so that looking around leaves no pile.
function useOpen() {
  const { addTab } = useGraphiQLActions();
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const [chosen, setChosen] = useState<Operation>();
  const shown = useRef<Operation>(undefined);
  useEffect(() => {
    if (!chosen || !query || !variables || chosen === shown.current) return;
    const text = query.getValue().trim();
    if (text && text !== welcome.trim() && text !== shown.current?.query) addTab();
    query.setValue(`${chosen.query}\n`);
    variables.setValue(chosen.variables);
    query.focus();
    shown.current = chosen;
  }, [chosen, query, variables, addTab]);
  return (one: Operation) => setChosen({ ...one });
}

export const examples: GraphiQLPlugin = {
  title: 'Examples',
  icon: () => <IconBook aria-hidden stroke={1.5} />,
  content: Examples,
};
