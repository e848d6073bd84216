import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function SettingsPage() {
  return (
    <Page title="Settings">
      <Empty title="Not built yet" />
    </Page>
  );
}
