import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function ReceiversPage() {
  return (
    <Page title="Receivers">
      <Empty title="Not built yet" />
    </Page>
  );
}
