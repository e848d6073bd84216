import { graphql } from '../gql';
import type { CreateWebhookInput, UpdateWebhookInput, WebhookSettingsFragment } from '../gql/graphql';
import type { ChannelChoice } from './ChannelSelect';

/** All that can be changed of a webhook. */
export const webhookSettings = graphql(`
  fragment WebhookSettings on Webhook {
    id
    name
    description
    eventTypes
    filter
    tenant {
      id
      name
    }
    routes {
      channel {
        id
        name
        kind
        status
        template {
          id
        }
      }
      template {
        id
        name
        builtIn
      }
    }
  }
`);

export interface RouteDraft {
  /** Tells the lines of the form apart. */
  key: number;
  channel: ChannelChoice | null;
  /** Null for the template that the channel has. */
  templateId: string | null;
}

/** A webhook as its form has it. */
export interface Draft {
  name: string;
  description: string;
  eventTypes: string[];
  filter: string;
  routes: RouteDraft[];
}

export function emptyDraft(): Draft {
  return { name: '', description: '', eventTypes: [], filter: '', routes: [{ key: 0, channel: null, templateId: null }] };
}

/** What is stored, ready to be changed. */
export function draftOf(webhook: WebhookSettingsFragment): Draft {
  return {
    name: webhook.name,
    description: webhook.description,
    eventTypes: webhook.eventTypes,
    filter: webhook.filter ?? '',
    routes: webhook.routes.map(({ channel, template }, key) => ({
      key,
      channel,
      // The API tells the template in force. Where it is what the channel would use anyway, none was chosen.
      templateId: (channel.template ? template.id === channel.template.id : template.builtIn) ? null : template.id,
    })),
  };
}

function inputOf({ name, description, eventTypes, filter, routes }: Draft) {
  return {
    name,
    description,
    eventTypes,
    filter: filter.trim() ? filter : null,
    routes: routes.flatMap(({ channel, templateId }) => (channel ? [{ channelId: channel.id, templateId }] : [])),
  };
}

export function createInput(draft: Draft, tenantId: string | undefined): CreateWebhookInput {
  return { tenantId, ...inputOf(draft) };
}

/** What differs from before. */
export function updateInput(id: string, draft: Draft, before: Draft): UpdateWebhookInput {
  const was = inputOf(before);
  const changed = Object.entries(inputOf(draft)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name as keyof typeof was]));
  return { id, ...Object.fromEntries(changed) };
}

/** The first place that an error of a filter names, counted from 1. */
export function placeOf(message: string): { line: number; column: number } | undefined {
  const found = /\bline (\d+), column (\d+)\b/i.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}
