import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function DeliveryPage() {
  return (
    <Page title="Delivery">
      <Empty title="Not built yet" />
    </Page>
  );
}
