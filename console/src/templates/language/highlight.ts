import { HighlightStyle, StreamLanguage, type StringStream } from '@codemirror/language';
import { Tag, tags } from '@lezer/highlight';
import functions from './functions.json';

/** What the text around the actions is. */
export type Outside = 'json' | 'html' | 'text';

interface State {
  within: 'text' | 'action' | 'comment';
  /** The quote of a raw text of an action that goes over lines. */
  raw: boolean;
  /** Where the text outside stands: in a JSON text, in an HTML tag, in a comment, in a quoted attribute. */
  place: '' | 'string' | 'tag' | 'comment' | '"' | "'";
}

const brace = Tag.define();
const calls = Tag.define();
const path = Tag.define();
const dollar = Tag.define();

const keywords = new Set(['if', 'else', 'end', 'range', 'with', 'define', 'template', 'block', 'break', 'continue']);
const words = new Set(['true', 'false', 'nil']);
const names = new Set(functions.map((one) => one.name));

/** Colours actions, and what is around them. */
export function templateLanguage(outside: Outside) {
  return StreamLanguage.define<State>({
    name: `template-${outside}`,
    startState: () => ({ within: 'text', raw: false, place: '' }),
    copyState: (state) => ({ ...state }),
    token(stream, state) {
      if (stream.sol() && outside === 'json' && state.within === 'text') state.place = '';
      if (state.within === 'comment') return comment(stream, state);
      if (state.within === 'action') return action(stream, state);
      if (stream.match('{{')) {
        stream.match(/^-(?=\s)/);
        state.within = stream.match('/*', false) ? 'comment' : 'action';
        return 'brace';
      }
      return { json, html, text }[outside](stream, state);
    },
    languageData: { closeBrackets: { brackets: ['(', '{', '"'], before: ')]}:;>"<,' } },
    tokenTable: { brace, calls, path, dollar },
  });
}

function comment(stream: StringStream, state: State) {
  if (stream.match(/^-?\}\}/)) {
    state.within = 'text';
    return 'brace';
  }
  if (!stream.match(/^.*?\*\/\s*/)) stream.skipToEnd();
  return 'comment';
}

function action(stream: StringStream, state: State) {
  if (state.raw) {
    state.raw = !stream.match(/^[^`]*`/);
    if (state.raw) stream.skipToEnd();
    return 'string';
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^(-(?=\}\}))?\}\}/)) {
    state.within = 'text';
    return 'brace';
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string';
  if (stream.eat('`')) {
    state.raw = true;
    return 'string';
  }
  if (stream.match(/^\$[\p{L}\p{N}_]*/u)) return 'dollar';
  if (stream.match(/^\.[\p{L}\p{N}_]*/u)) return 'path';
  if (stream.match(/^[+-]?\d[\w.]*/)) return 'number';
  const name = stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u) as RegExpMatchArray | null;
  if (name) return keywords.has(name[0]) ? 'keyword' : words.has(name[0]) ? 'atom' : names.has(name[0]) ? 'calls' : null;
  stream.next();
  return 'operator';
}

function json(stream: StringStream, state: State) {
  if (state.place === 'string' || stream.eat('"')) {
    state.place = 'string';
    while (!stream.eol() && !stream.match('{{', false)) {
      const next = stream.next();
      if (next === '\\') stream.next();
      if (next === '"') {
        state.place = '';
        return stream.match(/^\s*:/, false) ? 'propertyName' : 'string';
      }
    }
    return 'string';
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return 'number';
  if (stream.match(/^(?:true|false|null)\b/)) return 'atom';
  stream.next();
  return null;
}

function html(stream: StringStream, state: State) {
  switch (state.place) {
    case 'comment':
      if (stream.match(/^.*?-->/)) state.place = '';
      else stream.skipToEnd();
      return 'comment';
    case '"':
    case "'":
      return attribute(stream, state, state.place);
    case 'tag':
      return tag(stream, state);
  }
  if (stream.match('<!--')) {
    state.place = 'comment';
    return 'comment';
  }
  if (stream.match(/^<[/!?]?[A-Za-z][\w:-]*/)) {
    state.place = 'tag';
    return 'tagName';
  }
  if (stream.match(/^&#?\w+;/)) return 'atom';
  return text(stream);
}

function tag(stream: StringStream, state: State) {
  if (stream.eatSpace()) return null;
  if (stream.match(/^[/?]?>/)) {
    state.place = '';
    return 'tagName';
  }
  const quote = stream.eat(/["']/);
  if (quote) {
    state.place = quote as '"';
    return 'string';
  }
  if (stream.match(/^[^\s=>"'/{]+/)) return 'attributeName';
  stream.next();
  return null;
}

function attribute(stream: StringStream, state: State, quote: string) {
  while (!stream.eol() && !stream.match('{{', false)) {
    if (stream.next() === quote) {
      state.place = 'tag';
      break;
    }
  }
  return 'string';
}

function text(stream: StringStream) {
  stream.next();
  while (!stream.eol() && !/[{<&]/.test(stream.peek() ?? '')) stream.next();
  return null;
}

/** The colours, which Editor.module.css gives for light and for dark. */
export const colours = HighlightStyle.define([
  { tag: brace, color: 'var(--code-brace)', fontWeight: '600' },
  { tag: tags.keyword, color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: calls, color: 'var(--code-function)' },
  { tag: path, color: 'var(--code-path)' },
  { tag: dollar, color: 'var(--code-variable)' },
  { tag: [tags.string, tags.attributeValue], color: 'var(--code-string)' },
  { tag: [tags.number, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--code-property)' },
  { tag: tags.tagName, color: 'var(--code-tag)' },
  { tag: [tags.operator], color: 'var(--code-brace)' },
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
]);
