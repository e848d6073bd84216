import { IconSearch } from '@tabler/icons-react';
import { Fragment, useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useNavigate } from 'react-router';
import type { sections } from '../app/pages';
import { useTenant } from '../session/tenant';
import styles from './Search.module.css';
import { useItems, type Item } from './useItems';

/** A field and what it finds: the arrows choose, Enter opens, and the first is chosen already. */
export function SearchPanel({ shown, onDone }: { shown: typeof sections; onDone: () => void }) {
  const navigate = useNavigate();
  const { choose } = useTenant();
  const [typed, setTyped] = useState('');
  // The chosen item stays chosen by its id while others arrive around it.
  const [chosenId, setChosenId] = useState<string | null>(null);
  // Enter before the answer is there means what will be first, not what is first by now.
  const [entered, setEntered] = useState(false);
  const { items, busy, unknown } = useItems(typed, shown);
  const place = Math.max(0, items.findIndex((one) => one.id === chosenId));
  const list = useId();
  const option = (at: number) => `${list}-${at}`;
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  // Newer browsers answer scrolling with a promise, which is no function that ends an effect.
  useEffect(() => void box.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [place, items.length]);

  const open = (item: Item | undefined) => {
    if (!item) return;
    if (item.tenant !== undefined) choose(item.tenant);
    void navigate(item.to);
    onDone();
  };
  useEffect(() => {
    if (!entered || busy) return;
    setEntered(false);
    open(items[place]);
  }, [entered, busy]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length > 0) {
      event.preventDefault();
      setChosenId(items[(place + step + items.length) % items.length]!.id);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (busy && chosenId === null) setEntered(true);
      else open(items[place]);
    }
  };
  return (
    <>
      <IconSearch size={20} className={styles.sign} aria-hidden />
      <input
        className={styles.field}
        ref={field}
        role="combobox"
        aria-label="Search"
        aria-expanded={items.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={items.length > 0 ? option(place) : undefined}
        placeholder="A name, an id, or what to do"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setChosenId(null);
          setEntered(false);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={styles.list} ref={box} role="listbox" id={list} aria-label="Found" tabIndex={-1}>
        {items.map((item, at) => (
          <Fragment key={item.id}>
            {item.group !== items[at - 1]?.group && (
              <div className={styles.group} role="presentation">
                {item.group}
              </div>
            )}
            <div className={styles.item} role="option" id={option(at)} aria-selected={at === place} onClick={() => open(item)} onMouseMove={() => item.id !== items[place]?.id && setChosenId(item.id)}>
              <item.icon size={18} stroke={1.7} aria-hidden style={{ flex: 'none' }} />
              <span className={styles.label} dir="auto">
                {item.label}
              </span>
              {item.detail && <span className={styles.detail}>{item.detail}</span>}
            </div>
          </Fragment>
        ))}
      </div>
      <div role="status" className={items.length === 0 ? styles.nothing : undefined}>
        {items.length === 0 && (busy ? 'Looking…' : (unknown ?? 'Nothing found'))}
      </div>
    </>
  );
}
