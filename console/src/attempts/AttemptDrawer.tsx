import { Drawer } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { AttemptDetail } from './AttemptDetail';

/** Opens an attempt over the page: `open(id)` puts ?attempt=att_… into the address. Back closes it. */
export function useAttemptDrawer(): { attempt: string | null; open: (id: string) => void; close: () => void } {
  const [params, setParams] = useSearchParams();
  const set = (id: string | null) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (id) after.set('attempt', id);
        else after.delete('attempt');
        return after;
      },
      { replace: !id },
    );
  return { attempt: params.get('attempt'), open: set, close: () => set(null) };
}

/** The attempt that the address names, beside the page. A page renders it once. */
export function AttemptDrawer() {
  const { attempt, close } = useAttemptDrawer();
  return (
    <Drawer
      opened={Boolean(attempt)}
      onClose={close}
      position="right"
      size={720}
      title="Attempt"
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontWeight: 600 } }}
      // A header element would be a second banner of the page.
      attributes={{ header: { role: 'none' } }}
    >
      {attempt && <AttemptDetail key={attempt} id={attempt} />}
    </Drawer>
  );
}
