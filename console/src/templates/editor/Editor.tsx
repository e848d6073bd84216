import { EditorState, Prec } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, type Ref } from 'react';
import { actionAt } from '../language/actions';
import { insertion, type Field } from '../language/fields';
import type { Outside } from '../language/highlight';
import { mend } from '../language/near';
import { extentOf, offsetOf } from '../language/place';
import { scopeAt } from '../language/scope';
import styles from './Editor.module.css';
import type { Mistake } from './mistake';
import { correct, extensions, mark, marks } from './setup';

/** What stands around an editor may do with it. */
export interface EditorHandle {
  goTo(mistake: Mistake): void;
  /** Writes what was probably meant in the place of the mistake. */
  correct(mistake: Mistake): void;
  insertField(field: Field): void;
  /** Writes an expression: with braces where the cursor stands outside of them. */
  insertCall(expression: string): void;
  /** Puts another text in, as one change that can be undone. */
  replace(text: string): void;
}

interface Props {
  ref?: Ref<EditorHandle>;
  label: string;
  value: string;
  onChange: (text: string) => void;
  onSave: () => void;
  onFocus?: () => void;
  outside: Outside;
  readOnly?: boolean;
  single?: boolean;
  height?: string;
  /** What the template is rendered for, for completion and corrections. */
  root?: unknown;
  mistakes?: Mistake[];
}

const none: Mistake[] = [];

/** The editor of one part of a template. It keeps its own text; `value` is where it begins. */
export function Editor({ ref, label, value, onChange, onSave, onFocus, outside, readOnly = false, single, height, root, mistakes = none }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const now = useRef({ onChange, onSave, root });
  useLayoutEffect(() => {
    now.current = { onChange, onSave, root };
  });

  useEffect(() => {
    const made = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          extensions({ label, outside, readOnly, single, root: () => now.current.root, onChange: (text) => now.current.onChange(text), onSave: () => now.current.onSave() }),
          single ? Prec.highest(EditorView.theme({ '.cm-content': { padding: '6px 4px' } })) : [],
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The text begins with the value of then; replace() changes it.
  }, [label, outside, readOnly, single]);

  useEffect(() => {
    if (view.current) mark(view.current, marks(view.current.state.doc, mistakes, root));
  }, [mistakes, root, label, outside, readOnly, single]);

  useImperativeHandle(ref, () => handle(view, now), []);
  return <div ref={box} onFocus={onFocus} className={`${styles.editor} ${single ? styles.auto : ''}`} style={height ? { ['--editor-height' as string]: height } : undefined} />;
}

function handle(view: { current: EditorView | null }, now: { current: { root?: unknown } }): EditorHandle {
  const extent = (editor: EditorView, mistake: Mistake) => {
    const source = editor.state.doc.toString();
    const at = offsetOf(source, mistake.line, mistake.column);
    const near = mend(mistake.message, scopeAt(source, at, now.current.root));
    const [from, to] = extentOf(source, at, near);
    return { from, to, near };
  };
  const insert = (editor: EditorView, text: string) => editor.dispatch(editor.state.replaceSelection(text), { scrollIntoView: true, userEvent: 'input' });
  return {
    goTo(mistake) {
      if (!view.current) return;
      const { from, to } = extent(view.current, mistake);
      view.current.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
      view.current.focus();
    },
    correct(mistake) {
      if (!view.current) return;
      const { from, to, near } = extent(view.current, mistake);
      if (near) correct(view.current, from, to, near.right);
    },
    insertField(field) {
      const editor = view.current;
      if (!editor) return;
      const source = editor.state.doc.toString();
      const at = editor.state.selection.main.from;
      insert(editor, insertion(field, scopeAt(source, at, now.current.root).dot.path, actionAt(source, at) !== undefined));
      editor.focus();
    },
    insertCall(expression) {
      const editor = view.current;
      if (!editor) return;
      const inside = actionAt(editor.state.doc.toString(), editor.state.selection.main.from) !== undefined;
      insert(editor, inside ? `(${expression})` : `{{ ${expression} }}`);
      editor.focus();
    },
    replace(text) {
      view.current?.dispatch({ changes: { from: 0, to: view.current.state.doc.length, insert: text }, userEvent: 'input' });
    },
  };
}
