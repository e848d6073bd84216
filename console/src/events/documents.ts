import { graphql } from '../gql';

export const eventsQuery = graphql(`
  query EventsList($first: Int, $after: String, $filter: EventFilter) {
    events(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        type
        entityId
        tags
        idempotencyKey
        createdAt
        test
        tenant {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const eventQuery = graphql(`
  query EventPage($id: ID!) {
    event(id: $id) {
      id
      type
      version
      entityId
      tags
      data
      idempotencyKey
      timestamp
      createdAt
      test
      tenant {
        id
        name
      }
    }
  }
`);

export const eventDeliveriesQuery = graphql(`
  query EventDeliveries($first: Int, $after: String, $id: ID!) {
    deliveries(first: $first, after: $after, filter: { eventId: $id }) {
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

export const eventUpdatesSubscription = graphql(`
  subscription EventDeliveriesUpdates($id: ID!) {
    deliveryUpdated(filter: { eventId: $id }) {
      ...DeliveryRow
    }
  }
`);

export const replayMutation = graphql(`
  mutation EventReplay($id: ID!) {
    replayEvent(id: $id) {
      id
    }
  }
`);

export const publishMutation = graphql(`
  mutation EventPublish($input: PublishEventInput!) {
    publishEvent(input: $input) {
      id
      type
      createdAt
    }
  }
`);

export const typeQuery = graphql(`
  query EventPublishType($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      version
      schema
      example
      archivedAt
    }
  }
`);
