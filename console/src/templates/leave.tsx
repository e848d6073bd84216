import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { confirm } from '../parts/confirm';

/** Asks before a link or the browser leaves a page with changes that are not saved. */
export function useLeaveGuard(dirty: boolean, onDiscard: () => void) {
  const navigate = useNavigate();
  useEffect(() => {
    if (!dirty) return;
    const unload = (event: BeforeUnloadEvent) => event.preventDefault();
    const click = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
      if (!link || link.target || link.origin !== location.origin || link.pathname === location.pathname || link.getAttribute('href')?.startsWith('#')) return;
      event.preventDefault();
      event.stopPropagation();
      confirm({
        title: 'Leave without saving?',
        body: 'The template has changes that are not saved. They will be gone.',
        action: 'Leave and discard',
        danger: true,
        onConfirm: () => {
          onDiscard();
          window.removeEventListener('beforeunload', unload);
          void navigate(link.pathname + link.search + link.hash);
        },
      });
    };
    window.addEventListener('beforeunload', unload);
    document.addEventListener('click', click, true);
    return () => {
      window.removeEventListener('beforeunload', unload);
      document.removeEventListener('click', click, true);
    };
  }, [dirty, navigate, onDiscard]);
}
