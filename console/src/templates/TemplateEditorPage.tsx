import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { kinds } from '../parts/Kind';
import { Page } from '../parts/Page';
import { Waiting } from '../parts/Waiting';
import { starter, type Draft } from './draft';
import { draftOf, templateQuery } from './store';
import { TemplateEditor } from './TemplateEditor';

export default function TemplateEditorPage() {
  const { id } = useParams();
  return id ? <Known key={id} id={id} /> : <New />;
}

function Known({ id }: { id: string }) {
  const [{ data, error }, again] = useQuery({ query: templateQuery, variables: { id } });
  if (data?.template) return <TemplateEditor stored={data.template} start={draftOf(data.template)} />;
  if (error) return <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />;
  return data ? <Gone /> : <Waiting />;
}

function New() {
  const [{ kind, from }] = useFilters('kind', 'from');
  // Only the address that the page was opened with says where to begin.
  const [origin] = useState(from);
  const [begun] = useState(() => kinds.find((one) => one === kind) ?? 'HTTP');
  const [{ data, error }] = useQuery({ query: templateQuery, variables: { id: origin ?? '' }, pause: !origin });
  if (!origin) return <TemplateEditor start={{ name: '', description: '', kind: begun, parts: starter(begun) }} />;
  if (error) return <Failure error={error} />;
  if (!data) return <Waiting />;
  return data.template ? <TemplateEditor start={copyOf(draftOf(data.template))} /> : <Gone />;
}

function copyOf(draft: Draft): Draft {
  return { ...draft, name: `${[...draft.name].slice(0, 180).join('')} copy` };
}

function Gone() {
  return (
    <Page title="No such template" above={[{ label: 'Templates', to: '/templates' }]}>
      <Empty title="There is no such template" action={<Button component={Link} to="/templates">All templates</Button>}>
        It may have been deleted, or belong to another tenant.
      </Empty>
    </Page>
  );
}
