import { syntaxHighlighting } from '@codemirror/language';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { colours, templateLanguage, type Outside } from '../language/highlight';
import styles from './Editor.module.css';
import { look } from './look';

/** What changed from one text to another, line by line: what is gone above what has come. */
export default function Diff({ label, from, to, outside }: { label: string; from: string; to: string; outside: Outside }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        doc: to,
        extensions: [
          look,
          lineNumbers(),
          EditorView.lineWrapping,
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true' }),
          templateLanguage(outside),
          syntaxHighlighting(colours),
          unifiedMergeView({ original: from, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 }, diffConfig: { timeout: 500 } }),
        ],
      }),
    });
    return () => view.destroy();
  }, [label, from, to, outside]);
  return <div ref={box} className={`${styles.editor} ${styles.auto}`} />;
}
