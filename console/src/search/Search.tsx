import { Spotlight, spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from 'react-router';
import type { sections } from '../app/pages';

export const openSearch = spotlight.open;

/** Ctrl-K: every section by its name. */
export function Search({ sections: shown }: { sections: typeof sections }) {
  const navigate = useNavigate();
  return (
    <Spotlight
      shortcut="mod + K"
      nothingFound="Nothing found"
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: 'Go to…', 'aria-label': 'Search' }}
      actions={shown.map(({ label, to, icon: Icon }) => ({ id: to, label, leftSection: <Icon size={18} />, onClick: () => void navigate(to) }))}
    />
  );
}
