import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function WebhooksPage() {
  return (
    <Page title="Webhooks">
      <Empty title="Not built yet" />
    </Page>
  );
}
