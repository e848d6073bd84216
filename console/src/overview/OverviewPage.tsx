import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function OverviewPage() {
  return (
    <Page title="Overview">
      <Empty title="Not built yet" />
    </Page>
  );
}
