import { Button, Drawer, Group, SimpleGrid, Stack, TextInput, Textarea } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useMutation } from 'urql';
import { byField } from '../api/errors';
import { graphql } from '../gql';
import { Failure } from '../parts/Failure';
import { readJson } from '../parts/json';
import { done } from '../parts/notify';
import { JsonArea } from './JsonArea';

const createMutation = graphql(`
  mutation CatalogCreate($input: CreateEventTypeInput!) {
    createEventType(input: $input) {
      id
    }
  }
`);

const updateMutation = graphql(`
  mutation CatalogUpdate($input: UpdateEventTypeInput!) {
    updateEventType(input: $input) {
      id
    }
  }
`);

interface Edited {
  name: string;
  description: string;
  group: string;
  version: string;
  schema: unknown;
  example: unknown;
}

interface Props {
  /** What is changed; a new one without it. */
  type?: Edited;
  opened: boolean;
  onClose: () => void;
  onSaved: () => void;
}

/** Adds an event type to the catalog, or changes one. */
export function EventTypeForm({ type, opened, onClose, onSaved }: Props) {
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={720} title={type ? type.name : 'New event type'} styles={{ title: { fontWeight: 600, overflowWrap: 'anywhere' } }} closeButtonProps={{ 'aria-label': 'Close' }} closeOnClickOutside={false}>
      <Form
        type={type}
        onClose={onClose}
        onSaved={() => {
          onClose();
          onSaved();
        }}
      />
    </Drawer>
  );
}

const fieldNames = ['name', 'description', 'group', 'version', 'schema', 'example'];

function Form({ type, onClose, onSaved }: Omit<Props, 'opened'>) {
  const [name, setName] = useState(type?.name ?? '');
  const [description, setDescription] = useState(type?.description ?? '');
  const [group, setGroup] = useState(type?.group ?? '');
  const [version, setVersion] = useState(type?.version ?? '');
  const [schema, setSchema] = useState(shown(type?.schema));
  const [example, setExample] = useState(shown(type?.example));
  const [creating, create] = useMutation(createMutation);
  const [updating, update] = useMutation(updateMutation);
  const { fields, rest } = byField(creating.error ?? updating.error, fieldNames);
  const read = { schema: readJson(schema), example: readJson(example) };
  const wrong = 'problem' in read.schema || 'problem' in read.example;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if ('problem' in read.schema || 'problem' in read.example) return;
    const input = {
      name: name.trim(),
      description: description.trim(),
      group: group.trim() || null,
      version: version.trim() || null,
      schema: read.schema.value ?? null,
      example: read.example.value ?? null,
    };
    const { data } = await (type ? update({ input }) : create({ input }));
    if (!data) return;
    done(type ? `${input.name} is saved.` : `${input.name} is in the catalog.`);
    onSaved();
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        {!type && (
          <TextInput
            label="Name"
            description="Letters, digits and _, joined by dots or dashes. It cannot be changed later."
            placeholder="order.shipped"
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fields.name}
          />
        )}
        <Textarea
          label="What happened"
          description="One or two sentences for those who get it."
          autosize
          minRows={2}
          maxRows={6}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={fields.description}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label="Group" description="What it is listed under" placeholder={name.split(/[.-]/)[0] || 'order'} value={group} onChange={(event) => setGroup(event.currentTarget.value)} error={fields.group} />
          <TextInput label="Version" description="Of the data’s format" placeholder="1" value={version} onChange={(event) => setVersion(event.currentTarget.value)} error={fields.version} />
        </SimpleGrid>
        <JsonArea
          label="JSON Schema of the data"
          description="What is published is held to it. Empty takes any JSON."
          value={schema}
          onChange={setSchema}
          error={'problem' in read.schema ? read.schema.problem : fields.schema}
        />
        <JsonArea
          label="Example"
          description="Data that satisfy the schema, for previews and tests."
          value={example}
          onChange={setExample}
          error={'problem' in read.example ? read.example.problem : fields.example}
        />
        <Failure error={rest} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={creating.fetching || updating.fetching} disabled={!name.trim() || wrong}>
            {type ? 'Save' : 'Add to the catalog'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function shown(value: unknown): string {
  return value == null ? '' : JSON.stringify(value, null, 2);
}
