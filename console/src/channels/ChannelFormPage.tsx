import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { graphql } from '../gql';
import type { ChannelSettingsFragment } from '../gql/graphql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Kind, kindLabel, kinds } from '../parts/Kind';
import { done } from '../parts/notify';
import { Page } from '../parts/Page';
import { useOwner } from '../fields/TenantField';
import { Waiting } from '../parts/Waiting';
import { useSession } from '../session/SessionProvider';
import { ChannelForm } from './ChannelForm';
import { draftOf, emptyDraft } from './draft';
import { createInput, updateInput } from './input';

const editQuery = graphql(`
  query ChannelFormLoad($id: ID!) {
    channel(id: $id) {
      ...ChannelSettings
    }
  }
`);

const createMutation = graphql(`
  mutation ChannelFormCreate($input: CreateChannelInput!) {
    createChannel(input: $input) {
      id
    }
  }
`);

const updateMutation = graphql(`
  mutation ChannelFormUpdate($input: UpdateChannelInput!) {
    updateChannel(input: $input) {
      id
    }
  }
`);

const above = [{ label: 'Channels', to: '/channels' }];

export default function ChannelFormPage() {
  const { id } = useParams();
  const { can } = useSession();
  if (!can('MANAGE')) {
    return (
      <Page title={id ? 'Change a channel' : 'New channel'} above={above}>
        <Empty title="Your key may only read">Changing channels needs a key with the scope MANAGE.</Empty>
      </Page>
    );
  }
  return id ? <Load id={id} /> : <New />;
}

function New() {
  const navigate = useNavigate();
  const owner = useOwner();
  const [params] = useSearchParams();
  const [, create] = useMutation(createMutation);
  const kind = kinds.find((one) => one === params.get('kind')) ?? 'HTTP';
  return (
    <Page title="New channel" description="Where messages go, and how. A webhook then says which events go there." above={above}>
      <ChannelForm
        start={emptyDraft(kind)}
        owner={owner}
        cancel="/channels"
        save={async (draft) => {
          const { data, error } = await create({ input: createInput(draft, owner.tenantId) });
          if (!data) return error;
          done(`The ${kindLabel(draft.kind)} channel is made. Send a test to see it work.`);
          void navigate(`/channels/${data.createChannel.id}`);
        }}
      />
    </Page>
  );
}

function Load({ id }: { id: string }) {
  const [{ data, error, fetching }, again] = useQuery({ query: editQuery, variables: { id }, requestPolicy: 'network-only' });
  if (error && !data) return <Failure error={error} onRetry={again} />;
  if (!data || fetching) return <Waiting />;
  if (!data.channel) {
    return (
      <Page title="Change a channel" above={above}>
        <Empty title="There is no such channel">It may have been deleted.</Empty>
      </Page>
    );
  }
  return <Edit key={id} channel={data.channel} />;
}

function Edit({ channel }: { channel: ChannelSettingsFragment }) {
  const navigate = useNavigate();
  const [, update] = useMutation(updateMutation);
  const before = draftOf(channel);
  const page = `/channels/${channel.id}`;
  return (
    <Page title={`Change ${channel.name}`} above={[...above, { label: channel.name, to: page }]} beside={<Kind kind={channel.kind} />}>
      <ChannelForm
        start={before}
        before={before}
        owner={{ tenantId: channel.tenant.id, missing: false, asks: false, choose: () => undefined }}
        cancel={page}
        save={async (draft) => {
          const input = updateInput(channel.id, draft, before);
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
