import { Alert, Tabs, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { CatalogRenderedQuery, ChannelKind } from '../gql/graphql';
import { EmailPreview } from '../messages/EmailPreview';
import { Failure } from '../parts/Failure';
import { kindLabel, kinds } from '../parts/Kind';
import { Payload } from '../parts/Payload';
import { SlackMessage } from '../messages/SlackMessage';
import { SmsPreview } from '../messages/SmsPreview';

const builtInQuery = graphql(`
  query CatalogBuiltIn($kind: ChannelKind!) {
    templates(first: 50, filter: { builtIn: true, kind: $kind, search: ".standard" }) {
      nodes {
        id
        name
      }
    }
  }
`);

const renderedQuery = graphql(`
  query CatalogRendered($input: RenderTemplateInput!) {
    renderTemplate(input: $input) {
      parts {
        name
        output
      }
      problems {
        part
        line
        message
      }
    }
  }
`);

/** The example of an event type as each kind of channel sends it. `version` changes with the type. */
export function Arrival({ eventType, version }: { eventType: string; version: string }) {
  return (
    <Tabs defaultValue="HTTP" keepMounted={false}>
      <Tabs.List mb="sm">
        {kinds.map((kind) => (
          <Tabs.Tab key={kind} value={kind}>
            {kindLabel(kind)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {kinds.map((kind) => (
        <Tabs.Panel key={kind} value={kind} mih={160}>
          <Rendered key={version} kind={kind} eventType={eventType} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function Rendered({ kind, eventType }: { kind: ChannelKind; eventType: string }) {
  const [known] = useQuery({ query: builtInQuery, variables: { kind } });
  const template = known.data?.templates.nodes[0];
  const [{ data, error }, again] = useQuery({
    query: renderedQuery,
    variables: { input: { templateId: template?.id ?? null, eventType } },
    pause: !template,
    requestPolicy: 'network-only',
  });
  if (known.error || error) return <Failure error={known.error ?? error} onRetry={again} />;
  if (!data) return null;
  const { parts, problems } = data.renderTemplate;
  if (problems.length > 0) {
    return (
      <Alert color="orange" title="The built-in template cannot show the example">
        {problems.map((one) => one.message).join('; ')}
      </Alert>
    );
  }
  return <Drawn kind={kind} parts={parts} />;
}

function Drawn({ kind, parts }: { kind: ChannelKind; parts: CatalogRenderedQuery['renderTemplate']['parts'] }) {
  const part = (name: string) => parts.find((one) => one.name === name)?.output ?? '';
  switch (kind) {
    case 'SLACK':
      return <SlackMessage text={part('BODY')} />;
    case 'EMAIL':
      return <EmailPreview subject={part('SUBJECT')} text={part('TEXT')} html={part('HTML')} />;
    case 'SMS':
      return <SmsPreview text={part('TEXT')} />;
    default:
      return (
        <>
          <Payload text={part('BODY')} label="The body as it arrives" />
          <Text size="xs" c="dimmed" mt={6}>
            The headers <code>webhook-id</code>, <code>webhook-timestamp</code> and <code>webhook-signature</code> come with it. <code>webhook-id</code> is the same in every try: drop what has arrived before.
          </Text>
        </>
      );
  }
}
