import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function ChannelFormPage() {
  return (
    <Page title="Channel">
      <Empty title="Not built yet" />
    </Page>
  );
}
