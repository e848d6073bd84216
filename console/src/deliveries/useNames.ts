import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { DeliveryFilter } from '../gql/graphql';

const namesQuery = graphql(`
  query DeliveriesFilterNames($channelId: ID!, $webhookId: ID!, $byChannel: Boolean!, $byWebhook: Boolean!) {
    channel(id: $channelId) @include(if: $byChannel) {
      id
      name
    }
    webhook(id: $webhookId) @include(if: $byWebhook) {
      id
      name
    }
  }
`);

/** The names of the channel and the webhook in a filter, once they are known. */
export function useNames({ channelId, webhookId }: DeliveryFilter): { channel?: string; webhook?: string } {
  const variables = { channelId: channelId ?? '', webhookId: webhookId ?? '', byChannel: Boolean(channelId), byWebhook: Boolean(webhookId) };
  const [{ data }] = useQuery({ query: namesQuery, variables, pause: !channelId && !webhookId });
  return { channel: channelId ? data?.channel?.name : undefined, webhook: webhookId ? data?.webhook?.name : undefined };
}
