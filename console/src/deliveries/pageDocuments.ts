import { graphql } from '../gql';

export const deliveryQuery = graphql(`
  query DeliveryPage($id: ID!) {
    delivery(id: $id) {
      ...DeliveryRow
      channel {
        id
        status
        statusReason
        heldUntil
      }
      webhook {
        id
        status
      }
    }
  }
`);

export const attemptsQuery = graphql(`
  query DeliveryPageAttempts($first: Int, $after: String, $id: ID!) {
    deliveryAttempts(first: $first, after: $after, filter: { deliveryId: $id, includeTests: true }) {
      nodes {
        id
        number
        trigger
        status
        startedAt
        latency
        responseCode
        error {
          code
          message
          retryable
        }
        channel {
          id
          kind
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const sentQuery = graphql(`
  query DeliveryPageSent($id: ID!) {
    deliveryAttempt(id: $id) {
      id
      requestBody
      target
      requestHeaders {
        name
        value
      }
      channel {
        id
        kind
      }
    }
  }
`);

export const updatesSubscription = graphql(`
  subscription DeliveryPageUpdates($eventId: ID!) {
    deliveryUpdated(filter: { eventId: $eventId }) {
      id
    }
  }
`);

export const attemptsSubscription = graphql(`
  subscription DeliveryPageNewAttempts($id: ID!) {
    deliveryAttempts(filter: { deliveryId: $id, includeTests: true }) {
      id
    }
  }
`);
