import { Alert, Anchor, Button, Center, Checkbox, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { Logo } from '../parts/Logo';
import { portal } from './session';

/** Asks for a key. Whoever embeds the portal gives a link instead. */
export function Login({ notice, onKey }: { notice: string; onKey: (key: string, stay: boolean) => void }) {
  const [key, setKey] = useState('');
  const [stay, setStay] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (key.trim()) onKey(key.trim(), stay);
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w={420} maw="100%">
        <Stack>
          <Logo />
          <Title order={1} size="h3">
            {portal ? 'Your session has ended' : 'Log in'}
          </Title>
          {notice && (
            <Alert color="orange" role="alert">
              {sentenceCase(notice)}
            </Alert>
          )}
          {portal ? (
            <Text>Go back to the page that you came from, and open this one again.</Text>
          ) : (
            <form onSubmit={submit}>
              <Stack>
                <PasswordInput
                  label="API key"
                  description={
                    <>
                      The first start of the server printed one. <Code>carillon key create</Code> makes another.
                    </>
                  }
                  autoComplete="off"
                  autoFocus
                  value={key}
                  onChange={(event) => setKey(event.currentTarget.value)}
                />
                <Checkbox
                  label="Stay logged in on this computer"
                  checked={stay}
                  onChange={(event) => setStay(event.currentTarget.checked)}
                />
                <Button type="submit" disabled={!key.trim()}>
                  Log in
                </Button>
              </Stack>
            </form>
          )}
          {!portal && (
            <Text size="sm" c="dimmed">
              Developers: the <Anchor href="/playground">GraphQL playground</Anchor> shows the API.
            </Text>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}

function sentenceCase(text: string) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}
