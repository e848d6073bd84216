import { Empty } from '../parts/Empty';
import { Page } from '../parts/Page';

export default function CatalogPage() {
  return (
    <Page title="Catalog">
      <Empty title="Not built yet" />
    </Page>
  );
}
