import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function EventsPage() {
  return (
    <Page title="Events">
      <Empty title="Not built yet" />
    </Page>
  );
}
