import type { Scope } from '../gql/graphql';

/** What each scope lets a key do, in the order in which they are offered. */
export const scopeTexts: Record<Scope, { label: string; may: string }> = {
  ADMIN: { label: 'Administer', may: 'do everything, in every tenant' },
  MANAGE: { label: 'Manage', may: 'set up webhooks, channels and templates, retry and replay; reading is part of it' },
  READ: { label: 'Read', may: 'see all that the tenant has, and change nothing' },
  PUBLISH: { label: 'Publish', may: 'publish events, and nothing else' },
};

/** The scopes that a tenant's key or session can have. */
export const tenantScopes: Scope[] = ['MANAGE', 'READ', 'PUBLISH'];
