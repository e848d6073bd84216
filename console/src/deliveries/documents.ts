import { graphql } from '../gql';

export const rowFragment = graphql(`
  fragment DeliveryRow on Delivery {
    id
    status
    statusReason
    attemptCount
    nextAttemptAt
    createdAt
    completedAt
    event {
      id
      type
      entityId
      test
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
    webhook {
      id
      name
    }
  }
`);

export const listQuery = graphql(`
  query DeliveriesList($first: Int, $after: String, $filter: DeliveryFilter) {
    deliveries(first: $first, after: $after, filter: $filter) {
      nodes {
        ...DeliveryRow
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const retryMutation = graphql(`
  mutation DeliveryRetry($id: ID!) {
    retryDelivery(id: $id) {
      ...DeliveryRow
    }
  }
`);

export const cancelMutation = graphql(`
  mutation DeliveryCancel($id: ID!) {
    cancelDelivery(id: $id) {
      ...DeliveryRow
    }
  }
`);

export const recoverMutation = graphql(`
  mutation DeliveriesRecover($filter: DeliveryFilter!) {
    recoverDeliveries(filter: $filter) {
      id
      total
    }
  }
`);

export const countQuery = graphql(`
  query DeliveriesCount($after: String, $filter: DeliveryFilter) {
    deliveries(first: 500, after: $after, filter: $filter) {
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const recoveryQuery = graphql(`
  query DeliveriesRecovery($id: ID!) {
    recovery(id: $id) {
      id
      total
      done
      createdAt
      completedAt
      canceledAt
    }
  }
`);

export const recoverySubscription = graphql(`
  subscription DeliveriesRecoveryProgress($id: ID!) {
    recoveryProgress(id: $id) {
      id
      total
      done
      createdAt
      completedAt
      canceledAt
    }
  }
`);

export const cancelRecoveryMutation = graphql(`
  mutation DeliveriesCancelRecovery($id: ID!) {
    cancelRecovery(id: $id) {
      id
      total
      done
      createdAt
      completedAt
      canceledAt
    }
  }
`);
