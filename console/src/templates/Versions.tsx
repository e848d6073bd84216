import { Box, Button, Drawer, Group, Input, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { graphql } from '../gql';
import type { TemplatePartName } from '../gql/graphql';
import { Failure } from '../parts/Failure';
import { usePages } from '../parts/pages';
import { exact } from '../parts/time';
import { Waiting } from '../parts/Waiting';
import Diff from './editor/Diff';
import { outsideOf, partLabel, partNames, partsFrom, type Draft, type Parts } from './draft';
import type { Stored } from './store';

const versionsQuery = graphql(`
  query TemplateVersions($id: ID!, $first: Int, $after: String) {
    template(id: $id) {
      id
      versions(first: $first, after: $after) {
        nodes {
          version
          createdAt
          parts {
            name
            source
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const nothing = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

interface Props {
  template: Stored;
  draft: Draft;
  onBringBack?: (parts: Parts) => void;
  onClose: () => void;
}

/** What the template was, version by version, and what changed between them. */
export default function Versions({ template, draft, onBringBack, onClose }: Props) {
  const { rows, error, more, loading, again } = usePages(versionsQuery, { id: template.id }, (data) => data.template?.versions ?? nothing, 50);
  const [chosen, setChosen] = useState<number>();
  const [against, setAgainst] = useState<'before' | 'editor'>('before');
  const place = Math.max(0, rows?.findIndex((one) => one.version === chosen) ?? 0);
  const version = rows?.[place];
  const sides = useMemo(() => {
    if (!rows || !version) return undefined;
    const own = partsFrom(version.parts);
    const before = rows[place + 1];
    return against === 'editor' ? { from: own, to: draft.parts } : { from: before ? partsFrom(before.parts) : {}, to: own };
  }, [rows, version, place, against, draft.parts]);

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={760}
      title={`Versions of ${template.name}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontWeight: 600, overflowWrap: 'anywhere' } }}
      // A header element would be a second banner of the page.
      attributes={{ header: { role: 'none' } }}
    >
      <Failure error={error} onRetry={again} />
      {!rows && !error && <Waiting />}
      {rows && version && sides && (
        <Stack>
          <Group align="flex-end">
            <Select
              label="Version"
              allowDeselect={false}
              w={300}
              maw="100%"
              value={String(version.version)}
              onChange={(value) => setChosen(Number(value))}
              data={rows.map((one) => ({ value: String(one.version), label: `${one.version}, ${exact(one.createdAt)}${one.version === template.version ? ', now' : ''}` }))}
            />
            {more && (
              <Button variant="default" onClick={more} loading={loading}>
                Older versions
              </Button>
            )}
            {onBringBack && (
              <Button variant="default" ml="auto" onClick={() => onBringBack(partsFrom(version.parts))}>
                Bring back this version
              </Button>
            )}
          </Group>
          <Input.Wrapper label="Compared with" labelElement="div">
            <Box>
              <SegmentedControl
                aria-label="Compared with"
                value={against}
                onChange={setAgainst}
                data={[
                  { value: 'before', label: 'The version before' },
                  { value: 'editor', label: 'The editor now' },
                ]}
              />
            </Box>
          </Input.Wrapper>
          {against === 'before' && !rows[place + 1] && version.version > 1 ? (
            <Text size="sm">Show the older versions to compare with the one before.</Text>
          ) : (
            <Differences draft={draft} sides={sides} first={against === 'before' && !rows[place + 1] && version.version === 1} />
          )}
          {onBringBack && (
            <Text size="sm" c="dimmed">
              A version that is brought back stands in the editor, and becomes a new version when you save it.
            </Text>
          )}
        </Stack>
      )}
    </Drawer>
  );
}

function Differences({ draft: { kind }, sides: { from, to }, first }: { draft: Draft; sides: { from: Parts; to: Parts }; first: boolean }) {
  const differing = partNames(kind).filter((part) => (from[part] ?? '') !== (to[part] ?? ''));
  if (differing.length === 0) return <Text size="sm">Nothing differs.</Text>;
  return (
    <>
      {first && <Text size="sm">This is the first version.</Text>}
      {differing.map((part: TemplatePartName) => (
        <div key={part}>
          <Text size="sm" fw={600} mb={4} component="h3">
            {partLabel(part)}
          </Text>
          <Diff label={`Changes of ${partLabel(part)}`} from={from[part] ?? ''} to={to[part] ?? ''} outside={outsideOf(kind, part, to)} />
        </div>
      ))}
    </>
  );
}
