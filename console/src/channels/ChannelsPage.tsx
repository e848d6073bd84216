import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function ChannelsPage() {
  return (
    <Page title="Channels">
      <Empty title="Not built yet" />
    </Page>
  );
}
