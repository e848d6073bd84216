import { ActionIcon, Button, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import { IconCopy, IconDots, IconHistory, IconTrash } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { Link, useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { problems, sentence } from '../api/errors';
import { useSession } from '../session/SessionProvider';
import { confirm } from '../parts/confirm';
import { done, failed } from '../parts/notify';
import type { useTemplateForm } from './form';
import { drop } from './kept';
import { deleteMutation, type Stored } from './store';
import { UserLinks } from './Used';
import type { Users } from './uses';

const Versions = lazy(() => import('./Versions'));

/** The chief buttons of the editor. */
export function EditorActions({ form, readOnly, users }: { form: ReturnType<typeof useTemplateForm>; readOnly: boolean; users: Users | undefined }) {
  const { stored, draft, dirty, saving, save } = form;
  const { can } = useSession();
  const [versions, { open, close }] = useDisclosure();
  const remove = useDelete(stored, users);
  const copy = stored && can('MANAGE') && `/templates/new?from=${stored.id}`;
  return (
    <>
      {stored && !stored.builtIn && (
        <Button variant="default" leftSection={<IconHistory size={16} />} onClick={open}>
          Versions
        </Button>
      )}
      {copy && stored.builtIn && (
        <Button component={Link} to={copy} leftSection={<IconCopy size={16} />}>
          Make a copy to change
        </Button>
      )}
      {!readOnly && (
        <Button onClick={() => void save()} loading={saving} disabled={stored && !dirty}>
          Save
        </Button>
      )}
      {copy && !stored.builtIn && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label="More">
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component={Link} to={copy} leftSection={<IconCopy size={16} />}>
              Make a copy
            </Menu.Item>
            <Menu.Item leftSection={<IconTrash size={16} />} onClick={remove}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {stored && versions && (
        <Suspense>
          <Versions
            template={stored}
            draft={draft}
            onBringBack={readOnly ? undefined : (parts) => (form.replaceParts(parts), close())}
            onClose={close}
          />
        </Suspense>
      )}
    </>
  );
}

function useDelete(stored: Stored | undefined, users: Users | undefined) {
  const navigate = useNavigate();
  const [, remove] = useMutation(deleteMutation);
  return () => {
    if (!stored) return;
    confirm({
      title: `Delete ${stored.name}?`,
      body: 'Deliveries that have begun with it go on with their version of it. It cannot be brought back.',
      action: 'Delete',
      danger: true,
      onConfirm: () =>
        void remove({ id: stored.id }).then(({ error }) => {
          if (problems(error).some((one) => one.code === 'CONFLICT')) return explain(sentence(error), users);
          if (error) return failed(error);
          drop(stored.id);
          done('Deleted');
          void navigate('/templates');
        }),
    });
  };
}

function explain(message: string, users: Users | undefined) {
  modals.open({
    title: 'It is in use',
    closeButtonProps: { 'aria-label': 'Close' },
    attributes: { header: { role: 'none' } },
    children: (
      <>
        <Text size="sm" mb="sm">
          {message}
        </Text>
        {users && <UserLinks users={users} onFollow={() => modals.closeAll()} />}
      </>
    ),
  });
}
