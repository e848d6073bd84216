import type { TemplatePartName } from '../../gql/graphql';

/** What keeps a template from being used, as the server tells it. */
export interface Mistake {
  part: TemplatePartName;
  line: number;
  column: number;
  message: string;
}
