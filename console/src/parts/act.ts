import { useMutation, type TypedDocumentNode } from 'urql';
import { done, failed } from './notify';

/** A mutation on one thing, by its id, that says how it ended and then goes on; and whether it is under way. */
export function useAct<Data>(mutation: TypedDocumentNode<Data, { id: string }>): [act: (id: string, said: string, then: () => void) => Promise<void>, busy: boolean] {
  const [{ fetching }, run] = useMutation(mutation);
  const act = async (id: string, said: string, then: () => void) => {
    const { error } = await run({ id });
    if (error) return failed(error);
    done(said);
    then();
  };
  return [act, fetching];
}
