import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';

const usesQuery = graphql(`
  query TemplateUses($channels: ChannelFilter, $webhooks: WebhookFilter) {
    channels(first: 500, filter: $channels) {
      nodes {
        id
        name
        template {
          id
        }
      }
      pageInfo {
        hasNextPage
      }
    }
    webhooks(first: 300, filter: $webhooks) {
      nodes {
        id
        name
        eventTypes
        routes {
          template {
            id
          }
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`);

/** Who renders by a template. */
export interface Users {
  channels: { id: string; name: string }[];
  /** Those that have a route on which it is in force. */
  webhooks: { id: string; name: string; eventTypes: string[] }[];
}

export interface Uses {
  of(template: string): Users;
  /** There are more channels or webhooks than were looked at. */
  partial: boolean;
}

/** Who uses which template, of a tenant or of all that the key sees; undefined until it is known. */
export function useUses(tenantId: string | undefined): Uses | undefined {
  const [{ data, error }] = useQuery({ query: usesQuery, variables: { channels: { tenantId }, webhooks: { tenantId } } });
  return useMemo(() => {
    if (!data) return error && { of: () => nobody, partial: true };
    const { channels, webhooks } = data;
    return {
      of: (id) => ({
        channels: channels.nodes.filter((one) => one.template?.id === id),
        webhooks: webhooks.nodes.filter((one) => one.routes.some((route) => route.template.id === id)),
      }),
      partial: channels.pageInfo.hasNextPage || webhooks.pageInfo.hasNextPage,
    };
  }, [data, error]);
}

const nobody: Users = { channels: [], webhooks: [] };

/** "2 webhooks, 1 channel", or nothing. */
export function countUsers({ channels, webhooks }: Users, partial: boolean): string {
  const parts = [count(webhooks.length, 'webhook'), count(channels.length, 'channel')].filter(Boolean);
  return parts.length === 0 ? '' : `${partial ? 'at least ' : ''}${parts.join(', ')}`;
}

function count(n: number, what: string): string {
  return n === 0 ? '' : `${n} ${what}${n === 1 ? '' : 's'}`;
}
