import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { graphql } from '../gql';
import type { WebhookSettingsFragment } from '../gql/graphql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { done } from '../parts/notify';
import { Page } from '../parts/Page';
import { useOwner } from '../fields/TenantField';
import { Waiting } from '../parts/Waiting';
import { useSession } from '../session/SessionProvider';
import type { ChannelChoice } from './ChannelSelect';
import { createInput, draftOf, emptyDraft, updateInput } from './draft';
import { WebhookForm } from './WebhookForm';

const editQuery = graphql(`
  query WebhookFormLoad($id: ID!) {
    webhook(id: $id) {
      ...WebhookSettings
    }
  }
`);

const forChannelQuery = graphql(`
  query WebhookFormForChannel($id: ID!) {
    channel(id: $id) {
      id
      name
      kind
      template {
        id
      }
      tenant {
        id
      }
    }
  }
`);

const createMutation = graphql(`
  mutation WebhookFormCreate($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      id
    }
  }
`);

const updateMutation = graphql(`
  mutation WebhookFormUpdate($input: UpdateWebhookInput!) {
    updateWebhook(input: $input) {
      id
    }
  }
`);

const above = [{ label: 'Webhooks', to: '/webhooks' }];

export default function WebhookFormPage() {
  const { id } = useParams();
  const [params] = useSearchParams();
  const { can } = useSession();
  const channel = params.get('channel');
  if (!can('MANAGE')) {
    return (
      <Page title={id ? 'Change a webhook' : 'New webhook'} above={above}>
        <Empty title="Your key may only read">Changing webhooks needs a key with the scope MANAGE.</Empty>
      </Page>
    );
  }
  if (id) return <Load id={id} />;
  return channel ? <ForChannel id={channel} /> : <New />;
}

// A link from a channel's page brings the channel, and its tenant, along.
function ForChannel({ id }: { id: string }) {
  const { admin } = useSession();
  const [{ data, error }] = useQuery({ query: forChannelQuery, variables: { id } });
  if (error && !data) return <Failure error={error} />;
  if (!data) return <Waiting />;
  return <New channel={data.channel ?? undefined} tenantId={admin ? data.channel?.tenant.id : undefined} />;
}

function New({ channel, tenantId }: { channel?: ChannelChoice; tenantId?: string }) {
  const navigate = useNavigate();
  const chosen = useOwner();
  const owner = tenantId ? { ...chosen, tenantId, missing: false, asks: false } : chosen;
  const [, create] = useMutation(createMutation);
  const draft = emptyDraft();
  if (channel) draft.routes = [{ key: 0, channel, templateId: null }];
  return (
    <Page title="New webhook" description="Which events go to which channels." above={above}>
      <WebhookForm
        start={draft}
        owner={owner}
        action="Create the webhook"
        cancel="/webhooks"
        save={async (made) => {
          const { data, error } = await create({ input: createInput(made, owner.tenantId) });
          if (!data) return error;
          done('The webhook is made. Events that it takes are delivered from now on.');
          void navigate(`/webhooks/${data.createWebhook.id}`);
        }}
      />
    </Page>
  );
}

function Load({ id }: { id: string }) {
  const [{ data, error, fetching }, again] = useQuery({ query: editQuery, variables: { id }, requestPolicy: 'network-only' });
  if (error && !data) return <Failure error={error} onRetry={again} />;
  if (!data || fetching) return <Waiting />;
  if (!data.webhook) {
    return (
      <Page title="Change a webhook" above={above}>
        <Empty title="There is no such webhook">It may have been deleted.</Empty>
      </Page>
    );
  }
  return <Edit key={id} webhook={data.webhook} />;
}

function Edit({ webhook }: { webhook: WebhookSettingsFragment }) {
  const navigate = useNavigate();
  const [, update] = useMutation(updateMutation);
  const before = draftOf(webhook);
  const page = `/webhooks/${webhook.id}`;
  return (
    <Page title={`Change ${webhook.name}`} above={[...above, { label: webhook.name, to: page }]}>
      <WebhookForm
        start={before}
        owner={{ tenantId: webhook.tenant.id, missing: false, asks: false, choose: () => undefined }}
        action="Save"
        cancel={page}
        save={async (draft) => {
          const input = updateInput(webhook.id, draft, before);
          if (Object.keys(input).length > 1) {
            const { data, error } = await update({ input });
            if (!data) return error;
            done('Saved.');
          }
          void navigate(page);
        }}
      />
    </Page>
  );
}
