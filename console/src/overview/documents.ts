import { graphql } from '../gql';
import type { OverviewChannelFragment } from '../gql/graphql';

export const statsQuery = graphql(`
  query OverviewStats($from: Time!, $to: Time!, $interval: Duration!, $whole: Duration!, $filter: DeliveryAttemptFilter!) {
    bars: deliveryStats(from: $from, to: $to, interval: $interval, filter: $filter) {
      start
      succeeded
      failed
    }
    whole: deliveryStats(from: $from, to: $to, interval: $whole, filter: $filter) {
      succeeded
      failed
      latencyP50
      latencyP95
    }
  }
`);

graphql(`
  fragment OverviewChannel on Channel {
    id
    name
    kind
    status
    statusReason
    heldUntil
    tenant {
      id
      name
    }
    health(window: $window) {
      attempts
      succeeded
      failed
      latencyP95
      backlog
      oldestPending
    }
  }
`);

/** A channel, and how it does. */
export type OverviewChannel = OverviewChannelFragment;

// The disabled ones are asked for by themselves: they are told of, however many channels there are.
export const channelsQuery = graphql(`
  query OverviewChannels($window: Duration!, $filter: ChannelFilter!, $disabled: ChannelFilter!) {
    channels(first: 200, filter: $filter) {
      nodes {
        ...OverviewChannel
      }
      pageInfo {
        hasNextPage
      }
    }
    disabled: channels(first: 50, filter: $disabled) {
      nodes {
        ...OverviewChannel
      }
    }
  }
`);

// The channels of the newest failures are looked at too, however many channels there are.
export const failuresQuery = graphql(`
  query OverviewFailures($window: Duration!, $filter: DeliveryAttemptFilter!) {
    deliveryAttempts(first: 40, filter: $filter) {
      nodes {
        id
        number
        startedAt
        responseCode
        error {
          code
          message
        }
        event {
          id
          type
          tenant {
            id
            name
          }
        }
        channel {
          ...OverviewChannel
        }
        delivery {
          id
          status
        }
      }
    }
  }
`);

export const stepsQuery = graphql(`
  query OverviewSteps($admin: Boolean!, $channels: ChannelFilter!, $webhooks: WebhookFilter!, $events: EventFilter!) {
    tenants(first: 1) @include(if: $admin) {
      nodes {
        id
      }
    }
    channels(first: 1, filter: $channels) {
      nodes {
        id
      }
    }
    webhooks(first: 1, filter: $webhooks) {
      nodes {
        id
      }
    }
    events(first: 1, filter: $events) {
      nodes {
        id
      }
    }
  }
`);

export const resumeMutation = graphql(`
  mutation OverviewResume($id: ID!) {
    resumeChannel(id: $id) {
      id
      status
      statusReason
      heldUntil
    }
  }
`);
