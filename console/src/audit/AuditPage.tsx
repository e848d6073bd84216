import { Anchor, Text } from '@mantine/core';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { useFilters } from '../fields/filters';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { Rows, type Column } from '../parts/Rows';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { AuditFilters } from './AuditFilters';
import { readDetail, targetPage } from './detail';
import { auditQuery, entryQuery, type Entry } from './documents';
import { EntryDrawer } from './EntryDrawer';
import { filterNames, toFilter } from './filter';
import { Who } from './Who';
import { actionWords } from './words';

/** Who changed or revealed what, when and from where. */
export default function AuditPage() {
  const { can } = useSession();
  return (
    <Page title="Audit log" description="Who changed or revealed what, when and from where, newest first. Entries never change.">
      {can('MANAGE') ? (
        <Log />
      ) : (
        <Empty title="The audit log is not for this key">It needs a key with the scope MANAGE or ADMIN.</Empty>
      )}
    </Page>
  );
}

function Log() {
  const { admin, portal } = useSession();
  const { tenantId } = useTenant();
  const [{ entry: shown, ...filters }, setAddress] = useFilters(...filterNames, 'entry');
  const key = JSON.stringify([filters, tenantId]);
  const filter = useMemo(() => toFilter(filters, Date.now()), [key]);
  const list = usePages(auditQuery, { tenantId: tenantId ?? null, filter }, (data) => data.auditLog);
  const open = useShown(shown, list.rows);
  return (
    <>
      <AuditFilters value={filters} onChange={setAddress} admin={admin} />
      <Failure error={list.error} onRetry={list.again} />
      {(list.rows || !list.error) && (
        <Rows
          label="Audit log"
          columns={columns(admin && !tenantId, portal)}
          rows={list.rows}
          id={(entry) => entry.id}
          onOpen={(entry) => setAddress({ entry: entry.id })}
          more={list.more}
          loading={list.loading}
          empty={
            Object.keys(filters).length > 0 ? (
              <Empty title="Nothing like this was done">Other filters may show more.</Empty>
            ) : (
              <Empty title="Nothing has been done yet">Whoever makes, changes or deletes something, or reads a secret, leaves an entry here.</Empty>
            )
          }
        />
      )}
      <EntryDrawer
        entry={open}
        onClose={() => setAddress({ entry: null })}
        onFilter={(change) => setAddress({ ...change, entry: null })}
      />
    </>
  );
}

// A link may name an entry that is not among those shown.
function useShown(id: string | undefined, rows: Entry[] | undefined): Entry | undefined {
  const listed = rows?.find((entry) => entry.id === id);
  const elsewhere = /^aud_\w+$/.test(id ?? '') && !listed;
  const [{ data }] = useQuery({ query: entryQuery, variables: { id: id ?? '' }, pause: !elsewhere });
  return listed ?? (elsewhere && data?.node?.__typename === 'AuditEntry' && data.node.id === id ? data.node : undefined);
}

function columns(tenants: boolean, portal: boolean): Column<Entry>[] {
  return [
    { header: 'What', width: '20%', cell: (entry) => <Cut text={actionWords(entry.action)} /> },
    { header: 'Done to', width: '21%', cell: (entry) => <Target entry={entry} portal={portal} /> },
    { header: 'Who', cell: (entry) => <Who entry={entry} />, from: 'xs' },
    ...(tenants ? [{ header: 'Tenant', from: 'md', width: '12%', cell: (entry: Entry) => <Cut text={entry.tenant?.name ?? '–'} /> } satisfies Column<Entry>] : []),
    { header: 'From', from: 'sm', width: 140, cell: (entry) => <Cut text={entry.address ?? '–'} /> },
    { header: 'When', width: 105, cell: (entry) => <When at={entry.createdAt} /> },
  ];
}

function Target({ entry, portal }: { entry: Entry; portal: boolean }) {
  const told = readDetail(entry.detail);
  const page = targetPage(entry.action, entry.target, told, portal);
  const text = told.name ?? entry.target ?? '–';
  if (!page) return <Cut text={text} />;
  return (
    <Anchor component={Link} to={page} size="sm" lineClamp={2} dir="auto" style={{ overflowWrap: 'anywhere' }} title={text} onClick={(event) => event.stopPropagation()}>
      {text}
    </Anchor>
  );
}

function Cut({ text }: { text: string }) {
  return (
    <Text span size="sm" lineClamp={2} dir="auto" style={{ overflowWrap: 'anywhere' }} title={text}>
      {text}
    </Text>
  );
}
