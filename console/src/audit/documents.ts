import { graphql } from '../gql';
import type { AuditRowFragment } from '../gql/graphql';

graphql(`
  fragment AuditRow on AuditEntry {
    id
    createdAt
    action
    target
    detail
    actorKind
    actorName
    actor {
      id
      name
    }
    sessionId
    address
    tenant {
      id
      name
    }
  }
`);

export const auditQuery = graphql(`
  query AuditPage($first: Int, $after: String, $tenantId: ID, $filter: AuditFilter) {
    auditLog(first: $first, after: $after, tenantId: $tenantId, filter: $filter) {
      nodes {
        ...AuditRow
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const entryQuery = graphql(`
  query AuditEntryShown($id: ID!) {
    node(id: $id) {
      __typename
      ...AuditRow
    }
  }
`);

export type Entry = AuditRowFragment;
