import type { Client, CombinedError } from 'urql';
import type { DeliveryFilter } from '../gql/graphql';
import { countQuery } from './documents';

// More are not counted one by one before a recovery; the recovery itself tells their number.
const most = 2000;

/** How many deliveries have failed within the filter, up to 2,000. */
export async function countFailed(client: Client, filter: DeliveryFilter): Promise<{ count: number; more: boolean; error?: CombinedError }> {
  let count = 0;
  for (let after: string | null = null; ; ) {
    const answer: Awaited<ReturnType<typeof page>> = await page(after);
    if (!answer.data) return { count, more: false, error: answer.error };
    const { nodes, pageInfo } = answer.data.deliveries;
    count += nodes.length;
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    if (!after || count >= most) return { count, more: Boolean(after) };
  }
  function page(after: string | null) {
    return client.query(countQuery, { after, filter: { ...filter, statuses: ['FAILED'] } }, { requestPolicy: 'network-only' }).toPromise();
  }
}
