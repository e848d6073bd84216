import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function EventPage() {
  return (
    <Page title="Event">
      <Empty title="Not built yet" />
    </Page>
  );
}
