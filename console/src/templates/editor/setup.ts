import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, type Text } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { offersAt, type Offer } from '../language/complete';
import { colours, templateLanguage, type Outside } from '../language/highlight';
import { extentOf, offsetOf } from '../language/place';
import { mend } from '../language/near';
import { scopeAt } from '../language/scope';
import { look } from './look';
import type { Mistake } from './mistake';

export interface Setup {
  label: string;
  outside: Outside;
  readOnly: boolean;
  /** As high as its text and without numbers, for a subject. */
  single?: boolean;
  /** What completion offers fields of; undefined where nothing is completed. */
  root: () => unknown;
  onChange: (text: string) => void;
  onSave: () => void;
}

/** All that an editor of a part is made of. */
export function extensions({ label, outside, readOnly, single, root, onChange, onSave }: Setup): Extension[] {
  return [
    look,
    single ? [] : [lineNumbers(), highlightActiveLine(), highlightActiveLineGutter()],
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    syntaxHighlighting(colours),
    templateLanguage(outside),
    EditorView.lineWrapping,
    EditorState.readOnly.of(readOnly),
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ 'aria-label': label, ...(readOnly && { 'aria-readonly': 'true' }) }),
    autocompletion({ override: [(context) => complete(context, root())], icons: false, activateOnTypingDelay: 50 }),
    keymap.of([
      { key: 'Mod-s', run: () => (onSave(), true), preventDefault: true },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
}

function complete(context: CompletionContext, root: unknown): CompletionResult | null {
  if (root === undefined) return null;
  const offers = offersAt(context.state.doc.toString(), context.pos, root);
  if (!offers) return null;
  const typed = context.pos > offers.from || context.state.sliceDoc(context.pos - 1, context.pos) === '.';
  if (!typed && !context.explicit) return null;
  return { from: offers.from, options: offers.options.map(shown), validFor: /^\$?[\p{L}\p{N}_]*$/u };
}

// Fields of the event stand before functions, those before words.
const boosts = { variable: 10, field: 5, word: 1, function: 0 };

function shown(offer: Offer): Completion {
  return { label: offer.label, detail: offer.detail, apply: offer.apply, boost: boosts[offer.kind], info: offer.info ? () => explanation(offer) : undefined };
}

function explanation({ info, example }: Offer): Node {
  const box = document.createElement('div');
  box.append(info ?? '');
  if (example) {
    const code = document.createElement('code');
    code.textContent = `{{ ${example.source} }}\n→ ${example.result}`;
    box.append(code);
  }
  return box;
}

/** The server's problems as the editor marks them, each with a correction where one is near. */
export function marks(doc: Text, mistakes: Mistake[], root: unknown): Diagnostic[] {
  const source = doc.toString();
  return mistakes.map(({ line, column, message }) => {
    const at = offsetOf(source, line, column);
    const near = mend(message, scopeAt(source, at, root));
    const [from, to] = extentOf(source, at, near);
    return {
      from,
      to,
      severity: 'error',
      message,
      actions: near && [{ name: `Write ${near.right}`, apply: (view, begin, end) => correct(view, begin, end, near.right) }],
    };
  });
}

export function mark(view: EditorView, diagnostics: Diagnostic[]) {
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

export function correct(view: EditorView, from: number, to: number, right: string) {
  view.dispatch({ changes: { from, to, insert: right }, selection: { anchor: from + right.length }, userEvent: 'input', scrollIntoView: true });
  view.focus();
}
