import { ActionIcon, Button, Fieldset, Group, PasswordInput, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { HeaderDraft } from './draft';
import type { Fields } from './form';
import { keepsValue } from './input';

/** The headers that every request carries. */
export function HeaderFields({ draft, change, error, before }: Fields) {
  const { headers } = draft.http;
  const put = (place: number, values: Partial<HeaderDraft>) => change('http', { headers: headers.map((one, at) => (at === place ? { ...one, ...values } : one)) });
  const add = () => change('http', { headers: [...headers, { key: Math.max(-1, ...headers.map(({ key }) => key)) + 1, name: '', value: '', secret: false }] });
  return (
    <Fieldset legend="Headers of your own">
      <Stack gap="sm">
        {headers.map((header, place) => {
          const value = {
            'aria-label': `Value of header ${place + 1}`,
            value: header.value,
            flex: '2 1 200px',
            error: error(`config.http.headers.${place}.value`),
            onChange: (event: { currentTarget: { value: string } }) => put(place, { value: event.currentTarget.value }),
          };
          return (
            <Group key={header.key} align="flex-start" gap="xs">
              <TextInput
                aria-label={`Name of header ${place + 1}`}
                placeholder="Authorization"
                flex="1 1 140px"
                value={header.name}
                onChange={(event) => put(place, { name: event.currentTarget.value })}
                error={error(`config.http.headers.${place}.name`)}
              />
              {header.secret ? (
                <PasswordInput {...value} autoComplete="off" placeholder={keepsValue(header, before?.http) ? 'Stored. Stays while this is empty.' : 'Bearer …'} />
              ) : (
                <TextInput {...value} placeholder="Value" />
              )}
              <Switch
                label="Secret"
                mt={7}
                aria-label={`Header ${place + 1} is secret`}
                checked={header.secret}
                onChange={(event) => put(place, { secret: event.currentTarget.checked })}
              />
              <ActionIcon mt={3} size="lg" variant="subtle" color="gray" aria-label={`Remove header ${place + 1}`} onClick={() => change('http', { headers: headers.filter((_, at) => at !== place) })}>
                <IconTrash size={17} />
              </ActionIcon>
            </Group>
          );
        })}
        {headers.length > 0 && (
          <Text size="xs" c="dimmed">
            The value of a secret header is stored encrypted and never shown again, not in attempts either.
          </Text>
        )}
        {error('config.http.headers') && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {error('config.http.headers')}
          </Text>
        )}
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={add} w="fit-content">
          Add a header
        </Button>
      </Stack>
    </Fieldset>
  );
}
