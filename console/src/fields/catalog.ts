import { useEffect, useState } from 'react';
import { useClient, useQuery, type CombinedError } from 'urql';
import { graphql } from '../gql';

const ownQuery = graphql(`
  query OwnTypes {
    eventTypes(first: 100, group: "carillon") {
      nodes {
        id
        name
        group
        description
        version
        archivedAt
      }
    }
  }
`);

const catalogQuery = graphql(`
  query CatalogNames($after: String) {
    eventTypes(first: 500, after: $after) {
      nodes {
        id
        name
        group
        description
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export interface CatalogType {
  id: string;
  name: string;
  group: string;
  description: string;
}

// A larger catalog is shown in part: nobody scrolls through it, and any name can be typed.
const most = 2000;

/** The names in the catalog; undefined until they are there. */
export function useCatalog(): { types: CatalogType[] | undefined; error: CombinedError | undefined } {
  const client = useClient();
  const [state, setState] = useState<{ types?: CatalogType[]; error?: CombinedError }>({});
  useEffect(() => {
    let gone = false;
    const load = async () => {
      const types: CatalogType[] = [];
      for (let after: string | null = null; types.length < most; ) {
        const answer: Awaited<ReturnType<typeof page>> = await page(after);
        if (gone) return;
        if (!answer.data) return setState({ error: answer.error });
        types.push(...answer.data.eventTypes.nodes);
        after = answer.data.eventTypes.pageInfo.endCursor;
        if (!answer.data.eventTypes.pageInfo.hasNextPage) break;
      }
      setState({ types });
    };
    const page = (after: string | null) => client.query(catalogQuery, { after }, { requestPolicy: 'cache-first' }).toPromise();
    void load();
    return () => {
      gone = true;
    };
  }, [client]);
  return { types: state.types, error: state.error };
}

/** What the server tells of itself. Only names and patterns that begin with carillon. take these. */
export function useOwnTypes() {
  const [{ data }] = useQuery({ query: ownQuery });
  return data?.eventTypes.nodes ?? none;
}

const none: never[] = [];

/** The types by their groups, both in order. */
export function grouped<T extends { name: string; group: string }>(types: T[]): { group: string; types: T[] }[] {
  const groups = new Map<string, T[]>();
  for (const type of types) groups.set(type.group, [...(groups.get(type.group) ?? []), type]);
  return [...groups.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([group, members]) => ({ group, types: members.toSorted((a, b) => a.name.localeCompare(b.name)) }));
}
