import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function WebhookPage() {
  return (
    <Page title="Webhook">
      <Empty title="Not built yet" />
    </Page>
  );
}
