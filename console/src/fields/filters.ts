import { useSearchParams } from 'react-router';

/**
 * The filters of a page, kept in its address, so that a view can be sent to a colleague and
 * Back undoes. Empty values leave the address.
 */
export function useFilters<Name extends string>(...names: Name[]): [Partial<Record<Name, string>>, (change: Partial<Record<Name, string | null>>) => void] {
  const [params, setParams] = useSearchParams();
  const values: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = params.get(name);
    if (value) values[name] = value;
  }
  const set = (change: Partial<Record<Name, string | null>>) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(change) as [Name, string | null | undefined][]) {
          if (value) after.set(name, value);
          else after.delete(name);
        }
        return after;
      },
      { replace: true },
    );
  return [values, set];
}
