import { Anchor, Box, Breadcrumbs, Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

interface Props {
  title: string;
  /** One sentence on what the page is for. */
  description?: ReactNode;
  /** The pages above this one. */
  above?: { label: string; to: string }[];
  /** Stands beside the title: a status, a kind. */
  beside?: ReactNode;
  /** The page's chief buttons. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page: its title, its chief actions, its content. */
export function Page({ title, description, above, beside, actions, children }: Props) {
  useDocumentTitle(`${title} · Carillon`);
  return (
    <Box maw={1440} mx="auto">
      {above && (
        <Breadcrumbs mb={4}>
          {above.map((one) => (
            <Anchor key={one.to} component={Link} to={one.to} size="sm">
              {one.label}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <Box miw={0}>
          <Group gap="sm">
            <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Title>
            {beside}
          </Group>
          {description && (
            <Text c="dimmed" size="sm" mt={2} style={{ overflowWrap: 'anywhere' }}>
              {description}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
