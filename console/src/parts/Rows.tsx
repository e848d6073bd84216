import { Button, Center, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import { Empty } from './Empty';
import styles from './Rows.module.css';

export interface Column<T> {
  header: string;
  cell: (row: T) => ReactNode;
  /** Hidden on screens narrower than this. */
  from?: 'xs' | 'sm' | 'md' | 'lg';
  width?: number | string;
  align?: 'right';
}

interface Props<T> {
  /** What the rows are, for those who do not see: "Channels". */
  label: string;
  columns: Column<T>[];
  /** Undefined while the first page is on its way. */
  rows: T[] | undefined;
  id: (row: T) => string;
  /** The row's page. Its first cell becomes the link, and a click anywhere follows it. */
  to?: (row: T) => string;
  /** Instead of a page: what a click opens. */
  onOpen?: (row: T) => void;
  /** What to say where there are no rows. */
  empty?: ReactNode;
  more?: () => void;
  loading?: boolean;
}

/** A list: a table whose rows open, with more below. It keeps its height while it loads. */
export function Rows<T>({ label, columns, rows, id, to, onOpen, empty, more, loading }: Props<T>) {
  const navigate = useNavigate();
  if (rows?.length === 0 && !loading) return <>{empty ?? <Empty title="Nothing here" />}</>;
  const open = (row: T) => (to ? () => void navigate(to(row)) : onOpen ? () => onOpen(row) : undefined);
  return (
    <>
      <Table.ScrollContainer minWidth={0}>
        <Table className={styles.table} highlightOnHover={Boolean(to ?? onOpen)} aria-label={label} aria-busy={loading} verticalSpacing={8}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th key={column.header} visibleFrom={column.from} w={column.width} ta={column.align}>
                  {column.header}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows === undefined && Array.from({ length: 8 }, (_, line) => <Bones key={line} columns={columns} />)}
            {rows?.map((row) => (
              <Table.Tr key={id(row)} onClick={open(row)} className={open(row) && styles.opens}>
                {columns.map((column, place) => (
                  <Table.Td key={column.header} visibleFrom={column.from} ta={column.align}>
                    {place > 0 ? column.cell(row) : <First row={row} to={to} onOpen={onOpen} cell={column.cell} />}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {more && (
        <Center mt="sm">
          <Button variant="default" onClick={more} loading={loading}>
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}

// First is what the keyboard reaches: rows themselves are no controls.
function First<T>({ row, to, onOpen, cell }: Pick<Props<T>, 'to' | 'onOpen'> & { row: T; cell: (row: T) => ReactNode }) {
  if (to) {
    return (
      <Link to={to(row)} className={styles.link} onClick={(event) => event.stopPropagation()}>
        {cell(row)}
      </Link>
    );
  }
  if (onOpen) {
    return (
      <Text
        component="button"
        type="button"
        inherit
        bg="transparent"
        bd={0}
        p={0}
        ta="left"
        className={`${styles.link} ${styles.opens}`}
        onClick={(event) => {
          event.stopPropagation();
          onOpen(row);
        }}
      >
        {cell(row)}
      </Text>
    );
  }
  return <>{cell(row)}</>;
}

function Bones<T>({ columns }: { columns: Column<T>[] }) {
  return (
    <Table.Tr aria-hidden>
      {columns.map((column) => (
        <Table.Td key={column.header} visibleFrom={column.from}>
          <div className={styles.bones} />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
