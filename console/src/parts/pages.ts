import { useEffect, useRef, useState } from 'react';
import { useClient, type AnyVariables, type CombinedError, type TypedDocumentNode } from 'urql';

interface Connection<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface Pages<T> {
  /** Undefined while the first page is on its way. */
  rows: T[] | undefined;
  error: CombinedError | undefined;
  loading: boolean;
  /** Asks for the next page; undefined when there is none. */
  more: (() => void) | undefined;
  /** Asks for all pages shown anew. Old rows stay until the new ones are there. */
  again: () => void;
  /** Changes rows in place, after a mutation or what a subscription brought. */
  change: (edit: (rows: T[]) => T[]) => void;
}

/**
 * A list that grows by pages. The query takes $first and $after beside the given variables;
 * `pick` finds the connection in its answer. Other variables begin anew.
 */
export function usePages<Data, Variables extends AnyVariables, T>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Omit<Variables, 'first' | 'after'>,
  pick: (data: Data) => Connection<T>,
  size = 50,
): Pages<T> {
  const client = useClient();
  const [state, setState] = useState<{ rows?: T[]; error?: CombinedError; cursor: string | null; loading: boolean }>({ cursor: null, loading: true });
  const asked = useRef(0);
  const key = JSON.stringify(variables);

  const load = async (after: string | null, first: number, former: T[]) => {
    const mine = ++asked.current;
    setState((now) => ({ ...now, loading: true }));
    const { data, error } = await client
      .query(query, { ...variables, first, after } as unknown as Variables, { requestPolicy: 'network-only' })
      .toPromise();
    if (mine !== asked.current) return; // something newer was asked for meanwhile
    if (!data) return setState((now) => ({ ...now, error, loading: false }));
    const { nodes, pageInfo } = pick(data);
    setState({ rows: [...former, ...nodes], error, cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null, loading: false });
  };

  useEffect(() => {
    setState({ cursor: null, loading: true });
    void load(null, size, []);
    return () => void asked.current++;
    // The variables are compared by their values.
  }, [client, query, key, size]);

  return {
    rows: state.rows,
    error: state.error,
    loading: state.loading,
    more: state.cursor ? () => void load(state.cursor, size, state.rows ?? []) : undefined,
    again: () => void load(null, Math.min(500, Math.max(size, state.rows?.length ?? 0)), []),
    change: (edit) => setState((now) => (now.rows ? { ...now, rows: edit(now.rows) } : now)),
  };
}
