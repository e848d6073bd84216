import type { Draft } from './draft';

/** What every group of fields of the form takes. */
export interface Fields {
  draft: Draft;
  change: <Part extends 'http' | 'slack' | 'email' | 'sms' | 'pace'>(part: Part, values: Partial<Draft[Part]>) => void;
  /** What is wrong with a field, by its path in the API's input. */
  error: (path: string) => string | undefined;
  /** The channel as it was; undefined for a new one. */
  before: Draft | undefined;
}

/** Fills an empty secret field where one is stored. */
export const storedSecret = 'Stored. Stays as it is while this is empty.';
