/**
 * The editor of a sell screen's keys, for headquarters' console and a store's manager alike: which goods stand on which page, in which
 * order. It works by keyboard alone and by touch alone, changes one page at a time, and writes nothing before it is told to.
 */
import { type ComponentType, type KeyboardEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react';

import { gridStep, layoutOf } from './grid-step.ts';

import classes from './key-arranger.module.css';

export interface ArrangedKey {
  readonly sku: string;
  readonly name: string;
  /** An emoji, or nothing. */
  readonly symbol?: string | undefined;
  /** The address of a picture, or what `face` knows it by; it may be none, then the symbol stands in its place. */
  readonly picture?: string | undefined;
  /** A PLU, a price: what tells goods of one name apart. */
  readonly note?: string | undefined;
}

export interface ArrangedPage {
  readonly name: string;
  /** Among the tabs. */
  readonly position: number;
  /** Nobody arranged it where this is false: its keys are its department's, as they come. */
  readonly isArranged: boolean;
  readonly keys: readonly ArrangedKey[];
}

export interface KeyArrangerWords {
  readonly pages: string;
  readonly newPage: string;
  readonly addPage: string;
  readonly place: string;
  readonly first: string;
  readonly after: (page: string) => string;
  readonly keys: string;
  readonly noKeys: string;
  readonly earlier: string;
  readonly later: string;
  readonly remove: string;
  readonly find: string;
  readonly found: string;
  readonly nothingFound: string;
  /** Nothing more can be put on the page. */
  readonly full: string;
  readonly count: (keys: number, most: number) => string;
  readonly asTheyCome: string;
  readonly clearPage: string;
  readonly discard: string;
  readonly save: string;
  readonly saved: string;
  /** Where pictures are set. */
  readonly picture?: { readonly set: string; readonly remove: string };
}

export interface SavedPage {
  readonly name: string;
  readonly position: number;
  /** None: the page is no more, or its department's keys come as they come. */
  readonly skus: readonly string[];
}

export interface KeyArrangerProps {
  readonly pages: readonly ArrangedPage[];
  readonly words: KeyArrangerWords;
  readonly maxKeys: number;
  readonly maxName: number;
  readonly find: (text: string) => Promise<readonly ArrangedKey[]>;
  /** What went wrong, in words; undefined: it is written, and `pages` will say so. */
  readonly save: (page: SavedPage) => Promise<string | undefined>;
  /** Absent: pictures are not set here. What went wrong, in words; null takes it away. Where it went well, `pages` will say so. */
  readonly setPicture?: (sku: string, file: File | null) => Promise<string | undefined>;
  /** Draws a key's picture or symbol, where pictures have no addresses. */
  readonly face?: ComponentType<KeyFace>;
  /** Letters to touch, where there may be no keyboard. */
  readonly letters?: ComponentType<LetterKeys>;
}

export interface KeyFace {
  readonly of: ArrangedKey;
}

export interface LetterKeys {
  readonly press: (letter: string) => void;
  readonly erase: () => void;
  readonly clear: () => void;
}

/** Of a page that names goods which are in no catalogue (yet), all in its order: they are seen, said to be `missing`, and kept. */
export function keysInOrder(keys: readonly ArrangedKey[], skus: readonly string[] | undefined, missing: string): readonly ArrangedKey[] {
  const bySku = new Map(keys.map((key) => [key.sku, key]));
  return skus === undefined ? keys : skus.map((sku) => bySku.get(sku) ?? { sku, name: sku, note: missing });
}

interface Draft {
  readonly name: string;
  readonly position: number;
  readonly keys: readonly ArrangedKey[];
}

const withMoved = (keys: readonly ArrangedKey[], from: number, to: number): readonly ArrangedKey[] => {
  const moved = keys[from];
  return moved === undefined || to < 0 || to >= keys.length ? keys : keys.toSpliced(from, 1).toSpliced(to, 0, moved);
};

/** As far as a department's position is from the next one's. */
const STEP = 1_000;

/** Where a page stands is said by its neighbour: in front of all, or behind one of them, half way to the next. */
const placesOf = (pages: readonly ArrangedPage[], name: string): readonly { readonly after: string; readonly position: number }[] => {
  const others = pages.filter((page) => page.name !== name);
  const first = { after: '', position: (others[0]?.position ?? STEP) - STEP };
  const behind = others.map(({ name: after, position }, index) => {
    const next = others[index + 1]?.position ?? position + 2 * STEP;
    return { after, position: Math.floor((position + next) / 2) };
  });
  return [first, ...behind];
};

export const KeyArranger = ({
  pages,
  words,
  maxKeys,
  maxName,
  find,
  save,
  setPicture,
  face = Face,
  letters,
}: KeyArrangerProps): ReactElement => {
  const [edited, setEdited] = useState<Draft>();
  const [first] = pages;
  const draft: Draft | undefined = edited ?? (first && { ...first, keys: first.keys.slice(0, maxKeys) });
  const [chosen, setChosen] = useState(0);
  const [isChanged, setIsChanged] = useState(false);
  const [said, setSaid] = useState<{ readonly text: string; readonly isProblem: boolean }>();
  const [isBusy, setIsBusy] = useState(false);
  const [typedName, setTypedName] = useState('');

  const show = (page: Draft, changed = false): void => {
    // A department may have more goods than a page has keys.
    setEdited({ ...page, keys: page.keys.slice(0, maxKeys) });
    setChosen(0);
    setIsChanged(changed);
    setSaid(undefined);
  };
  const change = (next: Partial<Draft>, at = chosen): void => {
    if (draft === undefined) return;
    const keys = next.keys ?? draft.keys;
    setEdited({ ...draft, ...next });
    setChosen(Math.max(0, Math.min(at, keys.length - 1)));
    setIsChanged(true);
    setSaid(undefined);
  };
  const addPage = (): void => {
    const name = typedName.trim();
    if (name === '') return;
    const known = pages.find((page) => page.name === name);
    show(known ?? { name, position: (pages.at(-1)?.position ?? 0) + STEP, keys: [] }, known === undefined);
    setTypedName('');
  };
  const write = async (keys: readonly ArrangedKey[]): Promise<void> => {
    if (draft === undefined || isBusy) return;
    setIsBusy(true);
    const problem = await save({ name: draft.name, position: draft.position, skus: keys.map(({ sku }) => sku) });
    setIsBusy(false);
    setSaid({ text: problem ?? words.saved, isProblem: problem !== undefined });
    if (problem !== undefined) return;
    setIsChanged(false);
    // A page without keys is gone, or its department's again: another one is shown.
    if (keys.length === 0) setEdited(undefined);
  };

  const picture =
    setPicture &&
    (async (sku: string, file: File | null): Promise<void> => {
      setIsBusy(true);
      const problem = await setPicture(sku, file);
      setIsBusy(false);
      setSaid(problem === undefined ? undefined : { text: problem, isProblem: true });
    });
  // A picture is the goods' own: it is set at once, whatever of the page is not saved yet.
  const pictured = new Map(pages.flatMap(({ keys }) => keys.map(({ sku, picture: address }) => [sku, address] as const)));
  const drawn = draft && {
    ...draft,
    keys: draft.keys.map((key) => (pictured.has(key.sku) ? { ...key, picture: pictured.get(key.sku) } : key)),
  };
  const standing = pages.find((page) => page.name === draft?.name);
  const discard = (): void => {
    const back = standing ?? pages[0];
    if (back === undefined) setEdited(undefined);
    else show(back);
    setIsChanged(false);
  };
  return (
    <div className={classes['arranger']} data-own-keys="" data-testid="key-arranger">
      <div className={classes['pages']} role="group" aria-label={words.pages}>
        {[...pages, ...(draft !== undefined && standing === undefined ? [{ ...draft, isArranged: false }] : [])].map((page) => (
          <button
            key={page.name}
            type="button"
            className={classes['page']}
            aria-pressed={page.name === draft?.name}
            data-page={page.name}
            data-arranged={page.isArranged || undefined}
            disabled={isChanged && page.name !== draft?.name}
            onClick={() => show(page)}
          >
            <bdi>{page.name}</bdi>
          </button>
        ))}
        <span className={classes['new']}>
          <input
            aria-label={words.newPage}
            placeholder={words.newPage}
            maxLength={maxName}
            value={typedName}
            disabled={isChanged}
            onChange={(event) => setTypedName(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') addPage();
            }}
          />
          <button type="button" disabled={isChanged || typedName.trim() === ''} onClick={addPage}>
            {words.addPage}
          </button>
        </span>
      </div>
      {draft === undefined || drawn === undefined ? null : (
        <>
          <div className={classes['work']}>
            <div className={classes['side']}>
              <Grid
                draft={drawn}
                chosen={chosen}
                words={words}
                maxKeys={maxKeys}
                onChoose={setChosen}
                onChange={change}
                face={face}
                onPicture={picture && ((sku, file) => void picture(sku, file))}
              />
              <Place pages={pages} draft={draft} words={words} onChange={(position) => change({ position })} />
            </div>
            <Finder
              words={words}
              find={find}
              letters={letters}
              face={face}
              isFull={draft.keys.length >= maxKeys}
              onAdd={(key) => {
                const others = draft.keys.filter(({ sku }) => sku !== key.sku);
                change({ keys: [...others, key] }, others.length);
              }}
            />
          </div>
          <div className={classes['end']}>
            <span role="status" data-problem={said?.isProblem === true || undefined} dir="auto">
              {said?.text ?? (standing?.isArranged === true || isChanged ? '' : words.asTheyCome)}
            </span>
            {standing?.isArranged === true && !isChanged ? (
              <button type="button" disabled={isBusy} onClick={() => void write([])}>
                {words.clearPage}
              </button>
            ) : null}
            <button type="button" disabled={!isChanged || isBusy} onClick={discard}>
              {words.discard}
            </button>
            <button type="button" data-go="" disabled={!isChanged || isBusy} onClick={() => void write(draft.keys)}>
              {words.save}
            </button>
          </div>
        </>
      )}
    </div>
  );
};

interface GridProps {
  readonly draft: Draft;
  readonly chosen: number;
  readonly words: KeyArrangerWords;
  readonly maxKeys: number;
  readonly onChoose: (index: number) => void;
  readonly onChange: (next: Partial<Draft>, at?: number) => void;
  readonly onPicture: ((sku: string, file: File | null) => void) | undefined;
  readonly face: ComponentType<KeyFace>;
}

const Grid = ({ draft: { keys }, chosen, words, maxKeys, onChoose, onChange, onPicture, face: Drawn }: GridProps): ReactElement => {
  const grid = useRef<HTMLDivElement>(null);
  const focusOn = (index: number): void => grid.current?.querySelectorAll('button')[index]?.focus();
  const move = (by: number): void => {
    const to = chosen + by;
    if (to >= 0 && to < keys.length) onChange({ keys: withMoved(keys, chosen, to) }, to);
  };
  const remove = (): void => onChange({ keys: keys.toSpliced(chosen, 1) });
  // What was moved or added is in view, and whoever takes off by key goes on with the next one.
  const goesOn = useRef(false);
  const chosenSku = keys[chosen]?.sku;
  useEffect(() => {
    const button = [...(grid.current?.querySelectorAll('button') ?? [])][chosen];
    if (button === undefined || button.dataset['sku'] !== chosenSku) return;
    button.scrollIntoView({ block: 'nearest' });
    if (goesOn.current) button.focus();
    goesOn.current = false;
  }, [chosen, chosenSku]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = grid.current === null ? undefined : gridStep(event.key, layoutOf(grid.current));
    if (event.key === 'Delete') {
      goesOn.current = true;
      remove();
    } else if (by === undefined) return;
    else if (event.altKey) move(by);
    else {
      const to = chosen + by;
      if (to >= 0 && to < keys.length) {
        onChoose(to);
        focusOn(to);
      }
    }
    event.preventDefault();
  };
  return (
    <section className={classes['board']} aria-label={words.keys}>
      <div ref={grid} className={classes['keys']} role="group" aria-label={words.keys} data-testid="arranged-keys">
        {keys.map((key, index) => (
          <button
            key={key.sku}
            type="button"
            className={classes['key']}
            data-sku={key.sku}
            aria-pressed={index === chosen}
            tabIndex={index === chosen ? 0 : -1}
            onClick={() => onChoose(index)}
            onKeyDown={onKeyDown}
          >
            <Drawn of={key} />
            <b dir="auto">{key.name}</b>
            <small>
              <bdi>{key.note ?? ''}</bdi>
            </small>
          </button>
        ))}
        {keys.length === 0 ? <p>{words.noKeys}</p> : null}
      </div>
      <div className={classes['tools']}>
        <span>{words.count(keys.length, maxKeys)}</span>
        <button type="button" disabled={chosen === 0} onClick={() => move(-1)}>
          {words.earlier}
        </button>
        <button type="button" disabled={chosen >= keys.length - 1} onClick={() => move(1)}>
          {words.later}
        </button>
        <button type="button" disabled={keys.length === 0} onClick={remove}>
          {words.remove}
        </button>
        {onPicture === undefined || words.picture === undefined ? null : (
          <PictureTools words={words.picture} of={keys[chosen]} onPicture={onPicture} />
        )}
      </div>
    </section>
  );
};

/** A picture that is none, or is not here, leaves the symbol. */
const Face = ({ of: { picture, symbol } }: KeyFace): ReactElement => {
  const [failed, setFailed] = useState<string>();
  return (
    <span aria-hidden="true">
      {picture === undefined || picture === failed ? (symbol ?? '') : <img src={picture} alt="" onError={() => setFailed(picture)} />}
    </span>
  );
};

interface PictureToolsProps {
  readonly words: NonNullable<KeyArrangerWords['picture']>;
  readonly of: ArrangedKey | undefined;
  readonly onPicture: (sku: string, file: File | null) => void;
}

/** Of the chosen key. */
const PictureTools = ({ words, of, onPicture }: PictureToolsProps): ReactElement => {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        data-testid="picture-file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (of !== undefined && file !== undefined) onPicture(of.sku, file);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }}
      />
      <button type="button" disabled={of === undefined} onClick={() => input.current?.click()}>
        {words.set}
      </button>
      {of?.picture === undefined ? null : (
        <button type="button" onClick={() => onPicture(of.sku, null)}>
          {words.remove}
        </button>
      )}
    </>
  );
};

interface PlaceProps {
  readonly pages: readonly ArrangedPage[];
  readonly draft: Draft;
  readonly words: KeyArrangerWords;
  readonly onChange: (position: number) => void;
}

const Place = ({ pages, draft, words, onChange }: PlaceProps): ReactElement => {
  const id = useId();
  const places = placesOf(pages, draft.name);
  const before = pages.findIndex((page) => page.name === draft.name);
  const stands = before === -1 ? undefined : pages[before];
  // Unchanged it stands behind whoever is before it now; changed, behind the last one of its position.
  const after =
    stands?.position === draft.position
      ? (pages[before - 1]?.name ?? '')
      : (places.findLast(({ position }) => position === draft.position)?.after ?? '');
  return (
    <p className={classes['place']}>
      <label htmlFor={id}>{words.place}</label>
      <select
        id={id}
        value={after}
        onChange={(event) => onChange(places.find((place) => place.after === event.currentTarget.value)?.position ?? draft.position)}
      >
        {places.map((place) => (
          <option key={place.after} value={place.after}>
            {place.after === '' ? words.first : words.after(place.after)}
          </option>
        ))}
      </select>
    </p>
  );
};

interface FinderProps {
  readonly words: KeyArrangerWords;
  readonly find: KeyArrangerProps['find'];
  readonly letters: KeyArrangerProps['letters'];
  readonly isFull: boolean;
  readonly face: ComponentType<KeyFace>;
  readonly onAdd: (key: ArrangedKey) => void;
}

const Finder = ({ words, find, letters: Letters, isFull, face: Drawn, onAdd }: FinderProps): ReactElement => {
  const [text, setText] = useState('');
  const [{ found, of }, setFound] = useState<{ readonly found: readonly ArrangedKey[]; readonly of: string }>({ found: [], of: '' });
  const newest = useRef('');
  const look = async (wanted: string): Promise<void> => {
    setText(wanted);
    newest.current = wanted;
    const goods = wanted.trim() === '' ? [] : await find(wanted);
    // Answers may cross: only the one to what stands there now counts.
    if (newest.current === wanted) setFound({ found: goods, of: wanted });
  };
  return (
    <section className={classes['finder']} aria-label={words.found}>
      <input aria-label={words.find} placeholder={words.find} value={text} onChange={(event) => void look(event.currentTarget.value)} />
      <div className={classes['found']} role="group" aria-label={words.found} data-testid="arranger-found" data-results-of={of}>
        {isFull && found.length > 0 ? <p role="status">{words.full}</p> : null}
        {found.map((key) => (
          <button key={key.sku} type="button" data-found={key.sku} disabled={isFull} onClick={() => onAdd(key)}>
            <Drawn of={key} />
            <b dir="auto">{key.name}</b>
            <small>
              <bdi>{key.note ?? ''}</bdi>
            </small>
          </button>
        ))}
        {found.length === 0 && text.trim() !== '' ? <p>{words.nothingFound}</p> : null}
      </div>
      {Letters === undefined ? null : (
        <Letters
          press={(letter) => void look(newest.current + letter)}
          erase={() => void look(newest.current.slice(0, -1))}
          clear={() => void look('')}
        />
      )}
    </section>
  );
};
