import { EditorView } from '@codemirror/view';
import { styleNonce } from '../../app/theme';

/** The editor in the console's dress, for light and for dark. */
export const look = [
  EditorView.cspNonce.of(styleNonce()),
  EditorView.theme({
    '&': { height: '100%', fontSize: '13px', color: 'var(--mantine-color-text)', backgroundColor: 'transparent' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
    '.cm-content': { caretColor: 'var(--mantine-color-text)', padding: '8px 0' },
    '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
    '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
    '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'light-dark(rgba(0,0,0,0.035), rgba(255,255,255,0.04))' },
    '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'light-dark(#cfe0ff, #2f466f)' },
    '.cm-selectionMatch': { backgroundColor: 'light-dark(#e3ebfa, #29374f)' },
    '.cm-matchingBracket': { backgroundColor: 'light-dark(#d3f0dc, #1f4a30) !important', outline: 'none' },
    '.cm-lintRange-error': {
      backgroundImage: 'none',
      textDecoration: 'underline wavy light-dark(#c92a2a, #ff8787) 1.5px',
      textUnderlineOffset: '3px',
      backgroundColor: 'light-dark(#fff0f0, #4a2326)',
    },
    '.cm-tooltip': {
      border: '1px solid light-dark(var(--mantine-color-gray-4), var(--mantine-color-dark-4))',
      borderRadius: 'var(--mantine-radius-default)',
      backgroundColor: 'light-dark(#fff, var(--mantine-color-dark-6))',
      color: 'var(--mantine-color-text)',
      boxShadow: 'var(--mantine-shadow-md)',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mantine-font-family-monospace)', maxHeight: '16em', minWidth: '260px' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', display: 'flex', gap: '12px', justifyContent: 'space-between' },
    '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--mantine-primary-color-filled) !important', color: '#fff !important' },
    '.cm-completionDetail': { fontStyle: 'normal', color: 'var(--mantine-color-dimmed)', overflow: 'hidden', textOverflow: 'ellipsis', maxWidth: '22em' },
    'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
    '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
    '.cm-tooltip.cm-completionInfo': { padding: '8px 10px', maxWidth: '320px', fontSize: '13px' },
    '.cm-completionInfo code': { display: 'block', marginTop: '6px', fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '12px', whiteSpace: 'pre-wrap' },
    '.cm-diagnostic': { padding: '6px 10px', borderLeftWidth: '3px', fontSize: '13px', maxWidth: '480px' },
    '.cm-diagnosticAction': { backgroundColor: 'var(--mantine-primary-color-filled)', color: '#fff', borderRadius: '4px', padding: '2px 8px', marginLeft: '0', marginTop: '6px', display: 'block', cursor: 'pointer' },
    '.cm-panels': { backgroundColor: 'light-dark(var(--mantine-color-gray-1), var(--mantine-color-dark-6))', color: 'var(--mantine-color-text)' },
  }),
];
