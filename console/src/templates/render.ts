import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { useClient } from 'urql';
import { sentence } from '../api/errors';
import { graphql } from '../gql';
import type { RenderTemplateInput, TemplatePartName } from '../gql/graphql';
import { partInputs, type Draft } from './draft';
import type { Mistake } from './editor/mistake';

const renderQuery = graphql(`
  query TemplateRender($input: RenderTemplateInput!) {
    renderTemplate(input: $input) {
      parts {
        name
        output
      }
      problems {
        part
        line
        column
        message
      }
    }
  }
`);

/** What a part came out as. */
export interface Output {
  text: string;
  /** It is from before the last change, which cannot be rendered. */
  old: boolean;
}

export type Outputs = Partial<Record<TemplatePartName, Output>>;

export interface Rendered {
  outputs: Outputs;
  /** Undefined until the first answer is there. */
  mistakes: Mistake[] | undefined;
  /** Why nothing could be rendered: the event is gone, the server does not answer. */
  failure: string;
}

/** What the template is shown with: of RenderTemplateInput, the event or the data. */
export type Source = Pick<RenderTemplateInput, 'eventId' | 'eventType' | 'data'>;

/** Renders the draft once the typing rests; the newest answer wins. Without a source nothing is asked. */
export function useRendered({ kind, parts }: Pick<Draft, 'kind' | 'parts'>, source: Source | undefined): Rendered {
  const client = useClient();
  const [state, setState] = useState<Rendered & { kind: string }>({ outputs: {}, mistakes: undefined, failure: '', kind });
  const input = useMemo(() => (source ? { kind, parts: partInputs({ kind, parts }), ...source } : undefined), [kind, parts, source]);
  const [asked] = useDebouncedValue(input, 300, { leading: true });

  useEffect(() => {
    if (!asked) return;
    const { unsubscribe } = client.query(renderQuery, { input: asked }, { requestPolicy: 'network-only' }).subscribe(({ data, error }) => {
      setState((before) => {
        const former = before.kind === asked.kind ? before.outputs : {};
        if (!data) return { ...before, outputs: aged(former), failure: sentence(error), kind: asked.kind };
        const { parts: fresh, problems } = data.renderTemplate;
        const names = asked.parts.map((one) => one.name);
        const outputs: Outputs = {};
        for (const name of names) {
          const found = fresh.find((one) => one.name === name);
          const old = former[name];
          if (found) outputs[name] = { text: found.output, old: false };
          else if (old) outputs[name] = { ...old, old: true };
        }
        return { outputs, mistakes: problems, failure: '', kind: asked.kind };
      });
    });
    return unsubscribe;
  }, [client, asked]);

  // Without data that can be read, what is shown is of before.
  return useMemo(() => (source ? state : { ...state, outputs: aged(state.outputs) }), [state, source]);
}

function aged(outputs: Outputs): Outputs {
  return Object.fromEntries(Object.entries(outputs).map(([name, one]) => [name, { ...one, old: true }]));
}
