import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function EventTypePage() {
  return (
    <Page title="Event type">
      <Empty title="Not built yet" />
    </Page>
  );
}
