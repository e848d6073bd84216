import { Drawer } from '@mantine/core';
import { AttemptDetail } from './AttemptDetail';
import { useFilters } from './filters';

/** Opens an attempt over the page: `open(id)` puts ?attempt=att_… into the address. */
export function useAttemptDrawer(): { attempt: string | undefined; open: (id: string) => void; close: () => void } {
  const [{ attempt }, set] = useFilters('attempt');
  return { attempt, open: (id) => set({ attempt: id }), close: () => set({ attempt: null }) };
}

/** The attempt that the address names, beside the page. A page renders it once. */
export function AttemptDrawer() {
  const { attempt, close } = useAttemptDrawer();
  return (
    <Drawer opened={Boolean(attempt)} onClose={close} position="right" size={720} title="Attempt" closeButtonProps={{ 'aria-label': 'Close' }} styles={{ title: { fontWeight: 600 } }}>
      {attempt && <AttemptDetail key={attempt} id={attempt} />}
    </Drawer>
  );
}
