import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function LivePage() {
  return (
    <Page title="Live">
      <Empty title="Not built yet" />
    </Page>
  );
}
