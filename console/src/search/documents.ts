import { graphql } from '../gql';

export const namesQuery = graphql(`
  query SearchNames($search: String!, $tenantId: ID, $tenants: Boolean!) {
    webhooks(first: 5, filter: { tenantId: $tenantId, search: $search }) {
      nodes {
        id
        name
      }
    }
    channels(first: 5, filter: { tenantId: $tenantId, search: $search }) {
      nodes {
        id
        name
        kind
      }
    }
    templates(first: 5, filter: { tenantId: $tenantId, search: $search }) {
      nodes {
        id
        name
        kind
      }
    }
    eventTypes(first: 5, search: $search) {
      nodes {
        id
        name
      }
    }
    tenants(first: 5, search: $search) @include(if: $tenants) {
      nodes {
        id
        name
      }
    }
  }
`);

export const nodeQuery = graphql(`
  query SearchNode($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Event {
        type
      }
      ... on Delivery {
        event {
          id
          type
        }
        channel {
          id
          name
        }
      }
      ... on DeliveryAttempt {
        number
        event {
          id
          type
        }
        channel {
          id
          name
        }
        delivery {
          id
        }
      }
      ... on Webhook {
        name
      }
      ... on Channel {
        name
      }
      ... on Template {
        name
      }
      ... on EventType {
        name
      }
      ... on Tenant {
        name
      }
      ... on ApiKey {
        name
      }
      ... on Recovery {
        total
      }
      ... on AuditEntry {
        action
      }
    }
  }
`);
