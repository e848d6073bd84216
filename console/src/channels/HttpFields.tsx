import { Group, Select, Stack, TextInput } from '@mantine/core';
import type { HttpMethod } from '../gql/graphql';
import type { Fields } from './form';
import { HeaderFields } from './HeaderFields';
import { SigningFields } from './SigningFields';

const methods: HttpMethod[] = ['POST', 'PUT', 'PATCH'];

export function HttpFields(fields: Fields) {
  const { draft, change, error } = fields;
  const { http } = draft;
  return (
    <Stack>
      <Group align="flex-start" gap="sm">
        <Select
          label="Method"
          w={110}
          allowDeselect={false}
          data={methods}
          value={http.method}
          onChange={(method) => method && change('http', { method })}
          error={error('config.http.method')}
        />
        <TextInput
          label="URL"
          required
          flex="1 1 260px"
          placeholder="https://example.com/hooks"
          inputMode="url"
          value={http.url}
          onChange={(event) => change('http', { url: event.currentTarget.value })}
          error={error('config.http.url')}
        />
        <TextInput
          label="Timeout"
          w={120}
          placeholder="10s"
          value={http.timeout}
          onChange={(event) => change('http', { timeout: event.currentTarget.value })}
          error={error('config.http.timeout')}
        />
      </Group>
      <HeaderFields {...fields} />
      <SigningFields {...fields} />
    </Stack>
  );
}
