import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function DeliveriesPage() {
  return (
    <Page title="Deliveries">
      <Empty title="Not built yet" />
    </Page>
  );
}
