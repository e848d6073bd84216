import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function TemplateEditorPage() {
  return (
    <Page title="Template">
      <Empty title="Not built yet" />
    </Page>
  );
}
