import { useEffect, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { sentence } from '../api/errors';
import { graphql } from '../gql';
import { useFilters } from '../fields/filters';
import { useCatalog, useOwnTypes } from '../fields/catalog';
import type { EventSample } from './language/envelope';
import type { Source } from './render';

const recentQuery = graphql(`
  query TemplateSampleEvents($filter: EventFilter) {
    events(first: 30, filter: $filter) {
      nodes {
        id
        type
        timestamp
        entityId
        test
      }
    }
  }
`);

const eventQuery = graphql(`
  query TemplateSampleEvent($id: ID!) {
    event(id: $id) {
      id
      type
      timestamp
      entityId
      version
      tags
      test
      data
      tenant {
        id
        name
      }
    }
  }
`);

const exampleQuery = graphql(`
  query TemplateSampleType($name: String!) {
    eventType(name: $name) {
      id
      name
      version
      example
    }
  }
`);

/** What a template is shown with: a stored event, the example of a type, or data of the author's own. */
export type Choice = { kind: 'event'; id: string } | { kind: 'type'; name: string } | { kind: 'own' };

export interface Sample {
  choice: Choice | undefined;
  choose(choice: Choice): void;
  recent: { id: string; type: string; timestamp: string; entityId: string | null; test: boolean }[];
  types: { name: string; group: string }[];
  own: string;
  setOwn(text: string): void;
  /** For renderTemplate; undefined while there is nothing to render for. */
  source: Source | undefined;
  /** What the editor knows of the event. */
  event: EventSample | undefined;
  /** What is wrong with the choice, in a sentence. */
  trouble: string;
}

const anything = '{\n  "name": "Ada Lovelace",\n  "email": "ada@example.com"\n}';

/**
 * The event of the page, whose address names it. `used` are the event types that the template is
 * used for; `tenantId` is whose events are offered, all that the key sees without it.
 */
export function useSample(used: string[] | undefined, tenantId: string | undefined): Sample {
  const [{ event: eventId, type }, setFilters] = useFilters('event', 'type');
  const [ownChosen, setOwnChosen] = useState(false);
  const [own, setOwn] = useState(anything);
  const [edited, setEdited] = useState(false);
  const { types: listed, error: catalogError } = useCatalog();
  const operational = useOwnTypes();
  const types = useMemo(() => listed && [...listed, ...operational], [listed, operational]);
  const [{ data: latest, error: latestError }] = useQuery({ query: recentQuery, variables: { filter: { tenantId, includeTests: true } } });
  const recent = latest?.events.nodes ?? none;

  const ready = (types || catalogError) && (latest || latestError) && used;
  const choice = useMemo<Choice | undefined>(() => {
    if (ownChosen) return { kind: 'own' };
    if (eventId) return { kind: 'event', id: eventId };
    if (type) return { kind: 'type', name: type };
    if (!ready) return undefined;
    const wanted = used.find((name) => types?.some((one) => one.name === name));
    if (wanted) return { kind: 'type', name: wanted };
    if (recent[0]) return { kind: 'event', id: recent[0].id };
    if (listed?.[0]) return { kind: 'type', name: listed[0].name };
    return { kind: 'own' };
  }, [ownChosen, eventId, type, ready, used, types, listed, recent]);

  const stored = useStored(choice);
  const parsed = useMemo(() => read(own), [own]);
  const ownShown = choice?.kind === 'own';
  const event = ownShown ? parsed.event : stored.event;

  // Own data begins as what was shown before, so that there is something to change.
  useEffect(() => {
    if (!ownChosen && !edited && stored.event) setOwn(JSON.stringify(stored.event.data, null, 2));
  }, [ownChosen, edited, stored.event]);

  const source = useMemo<Source | undefined>(() => {
    if (!choice || (choice.kind !== 'own' && !stored.event)) return undefined;
    if (choice.kind === 'event') return { eventId: choice.id };
    if (choice.kind === 'type') return { eventType: choice.name };
    return parsed.event && { data: parsed.event.data };
  }, [choice, stored.event, parsed]);

  return {
    choice,
    choose(next) {
      setOwnChosen(next.kind === 'own');
      if (next.kind !== 'own') setFilters({ event: next.kind === 'event' ? next.id : null, type: next.kind === 'type' ? next.name : null });
    },
    recent,
    types: types ?? none,
    own,
    setOwn(text) {
      setOwn(text);
      setEdited(true);
    },
    source,
    event,
    trouble: ownShown ? parsed.trouble : stored.trouble,
  };
}

const none: never[] = [];

function useStored(choice: Choice | undefined): { event: EventSample | undefined; trouble: string } {
  const id = choice?.kind === 'event' ? choice.id : undefined;
  const name = choice?.kind === 'type' ? choice.name : undefined;
  const [one] = useQuery({ query: eventQuery, variables: { id: id ?? '' }, pause: !id, requestPolicy: 'cache-first' });
  const [example] = useQuery({ query: exampleQuery, variables: { name: name ?? '' }, pause: !name, requestPolicy: 'cache-first' });
  return useMemo(() => {
    if (id) {
      const found = one.data?.event;
      if (found?.id === id) return { event: found, trouble: '' };
      const gone = one.data?.event === null && !one.fetching && !one.stale;
      return { event: undefined, trouble: one.error ? sentence(one.error) : gone ? 'There is no such event; it may have been deleted. Choose another one.' : '' };
    }
    if (name) {
      const found = example.data?.eventType;
      if (found?.name === name && found.example !== null) return { event: { type: name, version: found.version, data: found.example }, trouble: '' };
      const settled = !example.fetching && example.data && (found === null || found?.name === name);
      const why = found ? 'has no example' : 'is not';
      return { event: undefined, trouble: example.error ? sentence(example.error) : settled ? `${name} ${why} in the catalog. Choose another event, or write data of your own.` : '' };
    }
    return { event: undefined, trouble: '' };
  }, [id, name, one, example]);
}

function read(text: string): { event: EventSample | undefined; trouble: string } {
  try {
    return { event: { type: 'sample.event', data: JSON.parse(text) as unknown }, trouble: '' };
  } catch (error) {
    return { event: undefined, trouble: `The data is not JSON: ${(error as Error).message}` };
  }
}
