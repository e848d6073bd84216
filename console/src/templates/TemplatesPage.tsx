import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function TemplatesPage() {
  return (
    <Page title="Templates">
      <Empty title="Not built yet" />
    </Page>
  );
}
