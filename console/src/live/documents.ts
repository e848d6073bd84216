import { graphql } from '../gql';
import type { LiveRowFragment } from '../gql/graphql';

graphql(`
  fragment LiveRow on DeliveryAttempt {
    id
    status
    trigger
    number
    startedAt
    latency
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
      id
      name
      kind
    }
  }
`);

/** A line of Live. */
export type LiveAttempt = LiveRowFragment;

export const liveAnchorQuery = graphql(`
  query LiveAnchor($filter: DeliveryAttemptFilter!) {
    deliveryAttempts(first: 1, filter: $filter) {
      nodes {
        id
      }
    }
  }
`);

export const liveAttemptsQuery = graphql(`
  query LiveAttempts($filter: DeliveryAttemptFilter!) {
    deliveryAttempts(first: 50, filter: $filter) {
      nodes {
        ...LiveRow
      }
    }
  }
`);

export const liveAttempts = graphql(`
  subscription LiveFollow($filter: DeliveryAttemptFilter!, $after: ID) {
    deliveryAttempts(filter: $filter, after: $after) {
      ...LiveRow
    }
  }
`);
