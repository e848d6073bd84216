import type { CombinedError } from 'urql';
import { graphql } from '../gql';
import type { TemplateStoredFragment } from '../gql/graphql';
import type { Draft } from './draft';
import { partsFrom } from './draft';
import type { Mistake } from './editor/mistake';

graphql(`
  fragment TemplateStored on Template {
    id
    name
    description
    kind
    builtIn
    version
    updatedAt
    tenant {
      id
      name
    }
    parts {
      name
      source
    }
  }
`);

export type Stored = TemplateStoredFragment;

export const templateQuery = graphql(`
  query TemplateEdit($id: ID!) {
    template(id: $id) {
      ...TemplateStored
    }
  }
`);

export const createMutation = graphql(`
  mutation TemplateCreate($input: CreateTemplateInput!) {
    createTemplate(input: $input) {
      ...TemplateStored
    }
  }
`);

export const updateMutation = graphql(`
  mutation TemplateUpdate($input: UpdateTemplateInput!) {
    updateTemplate(input: $input) {
      ...TemplateStored
    }
  }
`);

export const deleteMutation = graphql(`
  mutation TemplateDelete($id: ID!) {
    deleteTemplate(id: $id)
  }
`);

export function draftOf({ name, description, kind, parts }: Stored): Draft {
  return { name, description, kind, parts: partsFrom(parts) };
}

/** The mistakes that a refused save tells. */
export function mistakesOf(error: CombinedError): Mistake[] {
  return error.graphQLErrors.flatMap((one) => {
    const told: unknown = one.extensions?.problems;
    return Array.isArray(told) ? (told as Mistake[]) : [];
  });
}

/** Those of the last rendering and of the last save, each once. */
export function together(rendered: Mistake[] | undefined, saved: Mistake[]): Mistake[] | undefined {
  if (!rendered) return saved.length > 0 ? saved : undefined;
  const known = new Set(rendered.map((one) => JSON.stringify([one.part, one.line, one.column, one.message])));
  return [...rendered, ...saved.filter((one) => !known.has(JSON.stringify([one.part, one.line, one.column, one.message])))];
}
