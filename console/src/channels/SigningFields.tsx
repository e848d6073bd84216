import { Code, Fieldset, PasswordInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SigningScheme } from '../gql/graphql';
import type { Fields } from './form';
import { schemes } from './signing';

/** How the receiver knows that a message is ours. */
export function SigningFields({ draft, change, error, before }: Fields) {
  const { scheme, parameter, secret } = draft.http;
  const [own, setOwn] = useState(false);
  const { says, sees, parameter: usual, secret: form } = schemes[scheme];
  const stays = before?.http.scheme === scheme;
  return (
    <Fieldset legend="Signature">
      <Stack gap="sm">
        <Select
          label="How the receiver knows that a message is yours"
          allowDeselect={false}
          data={Object.entries(schemes).map(([value, { label }]) => ({ value, label }))}
          value={scheme}
          onChange={(value) => value && change('http', { scheme: value as SigningScheme, parameter: '', secret: '' })}
          error={error('config.http.signing.scheme')}
        />
        <Text size="sm" c="dimmed">
          {says}
        </Text>
        <div>
          <Text size="xs" c="dimmed" mb={2}>
            What the receiver sees
          </Text>
          <Code block>{sees(parameter || usual || '')}</Code>
        </div>
        {usual && (
          <TextInput
            label={scheme === 'SHARED_SECRET_QUERY' ? 'Name of the query parameter' : 'Name of the header'}
            placeholder={usual}
            maw={320}
            value={parameter}
            onChange={(event) => change('http', { parameter: event.currentTarget.value })}
            error={error('config.http.signing.parameter')}
          />
        )}
        {form && (
          <>
            <Switch
              label="Use a secret of your own"
              description={
                stays
                  ? 'The stored secret stays. One that is typed here takes its place at once; rotate it on the page of the channel to let both sign for a while.'
                  : 'Otherwise the server makes one, which the page of the channel shows.'
              }
              checked={own}
              onChange={(event) => {
                setOwn(event.currentTarget.checked);
                change('http', { secret: '' });
              }}
            />
            {own && (
              <PasswordInput
                label="Secret"
                description={`Give ${form}.`}
                autoComplete="off"
                value={secret}
                onChange={(event) => change('http', { secret: event.currentTarget.value })}
                error={error('config.http.signing.secret')}
              />
            )}
          </>
        )}
      </Stack>
    </Fieldset>
  );
}
