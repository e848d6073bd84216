import type { CombinedError } from 'urql';

/** One error of the API, as its extensions tell it. */
export interface Problem {
  code: string;
  message: string;
  /** The dotted path of the input field, without `input.`. */
  field?: string;
  retryAfter?: number;
}

/** What an operation's error says; the network's own errors have the code NETWORK. */
export function problems(error: CombinedError | undefined | null): Problem[] {
  if (!error) return [];
  if (error.graphQLErrors.length > 0) {
    return error.graphQLErrors.map((one) => ({
      code: String(one.extensions?.code ?? 'INTERNAL'),
      message: one.message,
      field: typeof one.extensions?.field === 'string' ? one.extensions.field : undefined,
      retryAfter: typeof one.extensions?.retryAfter === 'number' ? one.extensions.retryAfter : undefined,
    }));
  }
  return [{ code: 'NETWORK', message: 'The server does not answer. It may be starting anew; try again in a moment.' }];
}

/** The whole error in one line for people. */
export function sentence(error: CombinedError | undefined | null): string {
  return problems(error)
    .map((one) => one.message)
    .join('; ');
}

/**
 * Errors by the fields of a form. `known` are the form's paths; an error about a path below
 * a known one stands at that. What belongs to no field is in `rest`.
 */
export function byField(error: CombinedError | undefined | null, known: string[]): { fields: Record<string, string>; rest: string } {
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const one of problems(error)) {
    const home = one.field && longestPrefix(one.field, known);
    if (home) fields[home] = [fields[home], atField(one, home)].filter(Boolean).join('; ');
    else rest.push(one.message);
  }
  return { fields, rest: rest.join('; ') };
}

// At its field the error need not name it again; below it, the place in a list is told from 1.
function atField({ field = '', message }: Problem, home: string): string {
  const text = message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  const below = field.slice(home.length + 1);
  const [place, within] = /^\d+(\.|$)/.test(below) ? [`Entry ${parseInt(below) + 1}`, below.replace(/^\d+\.?/, '')] : ['', below];
  const said = [place, within && `${within}:`, text].filter(Boolean).join(' ');
  return within && !place ? said : said.charAt(0).toUpperCase() + said.slice(1);
}

function longestPrefix(path: string, known: string[]): string | undefined {
  return known
    .filter((one) => path === one || path.startsWith(`${one}.`))
    .sort((a, b) => b.length - a.length)[0];
}
