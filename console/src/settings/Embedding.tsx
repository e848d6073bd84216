import { Code, List, Paper, Stack, Text, Title } from '@mantine/core';
import { Payload } from '../parts/Payload';

const mutation = `mutation ($tenant: ID!) {
  createPortalSession(input: {tenantId: $tenant, scopes: [MANAGE, READ], ttl: "1h"}) {
    url
    expiresAt
  }
}`;

const frame = `<iframe id="webhooks" title="Webhooks" style="width: 100%; height: 80vh; border: 0"></iframe>
<script>
  const frame = document.getElementById('webhooks');
  const load = async () => {
    // Your server asks Carillon for a link, for the customer who is logged in there.
    const { url } = await (await fetch('/your-server/portal-link', { method: 'POST' })).json();
    // An address that differs by its fragment alone would not load the page again.
    frame.src = 'about:blank';
    frame.onload = () => { frame.onload = null; frame.src = url; };
  };
  // Tells that the session has ended.
  addEventListener('message', (event) => {
    if (event.source === frame.contentWindow && event.data?.type === 'carillon:session-expired') load();
  });
  load();
</script>`;

/** How a platform shows the console of one of its customers in a page of its own. */
export function Embedding() {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb={4}>
        In a page of your own
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        Your customers set up and watch their webhooks where they are logged in already.
      </Text>
      <List type="ordered" size="sm" spacing="md" styles={{ itemWrapper: { width: '100%' }, itemLabel: { width: '100%' } }}>
        <List.Item>
          Name the origins of your pages in the server’s setting <Code>CARILLON_PORTAL_ORIGINS</Code>, such as{' '}
          <Code>https://app.example.com</Code>. Other pages cannot show it in a frame.
        </List.Item>
        <List.Item>
          <Stack gap={6}>
            <span>
              When a customer opens your page, your server asks for a link with a key that it keeps to itself: one with <Code>MANAGE</Code>{' '}
              of the tenant, or an administrator’s.
            </span>
            <Payload label="The mutation" text={mutation} />
          </Stack>
        </List.Item>
        <List.Item>
          <Stack gap={6}>
            <span>Your page shows it, and asks for the next link when the session has ended.</span>
            <Payload label="The page" text={frame} />
          </Stack>
        </List.Item>
      </List>
    </Paper>
  );
}
