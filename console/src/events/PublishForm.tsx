import { Anchor, Autocomplete, Button, Group, SimpleGrid, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState, type SubmitEvent } from 'react';
import { Link } from 'react-router';
import { useMutation, useQuery, type CombinedError } from 'urql';
import { byField, problems } from '../api/errors';
import { useCatalog } from '../fields/catalog';
import { Failure } from '../parts/Failure';
import { TenantField, useOwner } from '../fields/TenantField';
import { publishMutation, typeQuery } from './documents';
import { jsonProblem } from './numbers';

/** Everything that an event has. The data begin as the catalog's example of the type. */
export function PublishForm({ type: first, onPublished }: { type: string; onPublished: (id: string) => void }) {
  const owner = useOwner();
  const { types } = useCatalog();
  const [type, setType] = useState(first);
  const [data, setData] = useState('{}');
  const [given, setGiven] = useState('{}'); // what the catalog or nobody wrote: it may be replaced
  const [entityId, setEntityId] = useState('');
  const [tags, setTags] = useState<string[]>([]);
  const [key, setKey] = useState('');
  const [asked, setAsked] = useState(false);
  const [{ error, fetching }, publish] = useMutation(publishMutation);
  const [settled] = useDebouncedValue(type.trim(), 200);
  const [{ data: found }] = useQuery({ query: typeQuery, variables: { name: settled }, pause: !settled });
  const entry = found?.eventType?.name === type.trim() ? found.eventType : null;
  useEffect(() => {
    if (!entry || data !== given || entry.example === null) return;
    const example = JSON.stringify(entry.example, null, 2);
    setData(example);
    setGiven(example);
  }, [entry]);

  const malformed = asked || data !== given ? jsonProblem(data) : null;
  const { fields, rest } = refused(error);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setAsked(true);
    if (owner.missing || !type.trim() || jsonProblem(data)) return;
    const input = {
      tenantId: owner.tenantId,
      type: type.trim(),
      data: JSON.parse(data) as unknown,
      ...(entityId && { entityId }),
      ...(tags.length > 0 && { tags }),
      ...(key && { idempotencyKey: key }),
    };
    void publish({ input }).then((answer) => answer.data && onPublished(answer.data.publishEvent.id));
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TenantField owner={owner} error={asked && owner.missing ? 'Choose whose event it is.' : fields.tenantId} />
        <Autocomplete
          label="Event type"
          description="From the catalog, or a name of your own."
          placeholder="contact.created"
          required
          data-autofocus
          openOnFocus={false}
          limit={50}
          data={[...new Set((types ?? []).map((one) => one.name))]}
          value={type}
          onChange={setType}
          error={fields.type ?? (asked && !type.trim() ? 'Give the type of the event.' : undefined)}
        />
        {entry ? (
          <Text size="xs" c="dimmed">
            {entry.description ? `${entry.description} ` : ''}
            <Anchor component={Link} to={`/catalog/${encodeURIComponent(entry.name)}`} inherit>
              Version {entry.version} in the catalog
            </Anchor>
            {entry.schema === null ? ', which takes any data.' : ', whose schema the data must meet.'}
          </Text>
        ) : (
          settled &&
          settled === type.trim() &&
          found && (
            <Text size="xs" c="dimmed">
              The catalog does not have this type: its data are not checked.
            </Text>
          )
        )}
        <Textarea
          label="Data"
          description="JSON"
          required
          autosize
          minRows={5}
          maxRows={18}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 }, error: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' } }}
          value={data}
          onChange={(event) => setData(event.currentTarget.value)}
          error={malformed ?? fields.data}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label="Entity id" description="What it is about; events of one entity can keep their order." value={entityId} onChange={(event) => setEntityId(event.currentTarget.value)} error={fields.entityId} />
          <TextInput label="Idempotency key" description="The same key again is the same event, not a second one." value={key} onChange={(event) => setKey(event.currentTarget.value)} error={fields.idempotencyKey} />
        </SimpleGrid>
        <TagsInput label="Tags" placeholder={tags.length === 0 ? 'Type one and press Enter' : undefined} acceptValueOnBlur value={tags} onChange={setTags} error={fields.tags} />
        <Failure error={rest || null} />
        <Group justify="flex-end">
          <Button type="submit" loading={fetching}>
            Publish
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

// What is wrong with the data names the place in them: it is kept whole.
function refused(error: CombinedError | undefined): { fields: Record<string, string>; rest: string } {
  const { fields, rest } = byField(error, ['tenantId', 'type', 'data', 'entityId', 'tags', 'idempotencyKey']);
  const data = problems(error).filter((one) => /^data(\.|$)/.test(one.field ?? ''));
  return { fields: { ...fields, ...(data.length > 0 && { data: data.map((one) => one.message).join('\n') }) }, rest };
}
