import { Fieldset, Group, PasswordInput, SegmentedControl, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import type { SmtpTls } from '../gql/graphql';
import { storedSecret, type Fields } from './form';

const tls: { value: SmtpTls; label: string }[] = [
  { value: 'STARTTLS', label: 'STARTTLS, required (port 587)' },
  { value: 'IMPLICIT', label: 'TLS from the first byte (port 465)' },
  { value: 'NONE', label: 'None: for a relay on a private network' },
];

export function EmailFields(fields: Fields) {
  const { draft, change, error } = fields;
  const { email } = draft;
  return (
    <Stack>
      <ServerFields {...fields} />
      <TextInput
        label="From"
        required
        placeholder="Acme <no-reply@example.com>"
        value={email.from}
        onChange={(event) => change('email', { from: event.currentTarget.value })}
        error={error('config.email.from')}
      />
      {(['to', 'cc', 'bcc'] as const).map((list) => (
        <TagsInput
          key={list}
          label={list === 'to' ? 'To' : list === 'cc' ? 'Cc' : 'Bcc'}
          required={list === 'to'}
          description={list === 'to' ? 'Press Enter after each address. At most 50 with Cc and Bcc.' : undefined}
          placeholder={email[list].length === 0 ? 'ada@example.com' : undefined}
          splitChars={[',', ';']}
          acceptValueOnBlur
          value={email[list]}
          onChange={(addresses) => change('email', { [list]: addresses })}
          error={error(`config.email.${list}`)}
        />
      ))}
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <TextInput
          label="Reply to"
          miw={200}
          description="Empty: answers go to From."
          placeholder="support@example.com"
          value={email.replyTo}
          onChange={(event) => change('email', { replyTo: event.currentTarget.value })}
          error={error('config.email.replyTo')}
        />
        <TextInput
          label="List-Unsubscribe"
          miw={200}
          description="A mailto: or https: address; https offers one click."
          placeholder="https://example.com/unsubscribe"
          value={email.listUnsubscribe}
          onChange={(event) => change('email', { listUnsubscribe: event.currentTarget.value })}
          error={error('config.email.listUnsubscribe')}
        />
      </Group>
    </Stack>
  );
}

function ServerFields({ draft, change, error, before }: Fields) {
  const { email } = draft;
  const stored = before?.email.own && before.email.username !== '' && before.email.smtpServer === email.smtpServer ? storedSecret : undefined;
  return (
    <Fieldset legend="SMTP server">
      <Stack gap="sm">
        <SegmentedControl
          aria-label="Which SMTP server"
          w="fit-content"
          data={[
            { value: 'own', label: 'One of its own' },
            { value: 'wide', label: 'The server-wide one' },
          ]}
          value={email.own ? 'own' : 'wide'}
          onChange={(which) => change('email', { own: which === 'own' })}
        />
        {email.own ? (
          <>
            <Group align="flex-start" gap="sm">
              <TextInput
                label="Host and port"
                required
                flex="1 1 220px"
                placeholder="mail.example.com:587"
                value={email.smtpServer}
                onChange={(event) => change('email', { smtpServer: event.currentTarget.value })}
                error={error('config.email.smtpServer')}
              />
              <Select
                label="TLS"
                flex="1 1 240px"
                allowDeselect={false}
                data={tls}
                value={email.tls}
                onChange={(value) => value && change('email', { tls: value })}
                error={error('config.email.tls')}
              />
            </Group>
            <Group align="flex-start" gap="sm">
              <TextInput
                label="User name"
                flex="1 1 220px"
                autoComplete="off"
                value={email.username}
                onChange={(event) => change('email', { username: event.currentTarget.value })}
                error={error('config.email.username')}
              />
              <PasswordInput
                label="Password"
                flex="1 1 240px"
                autoComplete="new-password"
                placeholder={stored}
                disabled={!email.username}
                value={email.password}
                onChange={(event) => change('email', { password: event.currentTarget.value })}
                error={error('config.email.password')}
              />
            </Group>
          </>
        ) : (
          <Text size="sm" c={error('config.email.smtpServer') ? 'var(--mantine-color-error)' : 'dimmed'} role={error('config.email.smtpServer') ? 'alert' : undefined}>
            {error('config.email.smtpServer') ?? 'The one that the operator set for all channels (CARILLON_SMTP_URL).'}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}
