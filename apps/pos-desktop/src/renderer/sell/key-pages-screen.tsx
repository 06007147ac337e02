/** The keys of the sell screen, arranged by whoever runs the store. It covers the sale, which waits behind it. */
import { MAX_PAGE_KEYS, MAX_PAGE_NAME } from '@holdfast/domain';
import { type ArrangedKey, type ArrangedPage, KeyArranger, keysInOrder, type LetterKeys, type SavedPage, useFormat } from '@holdfast/ui';
import { type ReactElement, useCallback, useEffect, useState } from 'react';

import type { Tile } from '../../shared/till-contract.ts';
import type { TillClient } from '../till-client.ts';
import { Letters } from './letters.tsx';
import { Picture } from './picture.tsx';
import { useSell, useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './key-pages-screen.module.css';

const FOUND_LIMIT = 24;

const EditorLetters = (into: LetterKeys): ReactElement => <Letters hasFigures into={into} />;

const Editor = ({ client }: { readonly client: TillClient }): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const words = strings.keyPages;
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const [pages, setPages] = useState<readonly ArrangedPage[]>();
  const toKey = useCallback(
    ({ sku, name, symbol, picture, plu, unit, unitPrice }: Tile): ArrangedKey => {
      const price = unitPrice === undefined ? undefined : format.unitPrice(unitPrice, minorDigits, unit);
      return { sku, name, symbol, picture, note: [plu, price].filter((part) => part !== undefined).join(' · ') };
    },
    [format, minorDigits],
  );
  const read = useCallback(async (): Promise<readonly ArrangedPage[]> => {
    const reply = await client.request({ type: 'keyPages' });
    const told = reply.ok ? (reply.value.keyPages ?? []) : [];
    return told.map((page) => ({ ...page, keys: keysInOrder(page.keys.map(toKey), page.skus, words.missing) }));
  }, [client, toKey, words]);
  useEffect(() => {
    const load = async (): Promise<void> => setPages(await read());
    void load();
  }, [read]);
  const find = async (text: string): Promise<readonly ArrangedKey[]> => {
    const reply = await client.request({ type: 'search', text, limit: FOUND_LIMIT });
    return reply.ok ? (reply.value.tiles ?? []).map(toKey) : [];
  };
  const save = async ({ name, position, skus }: SavedPage): Promise<string | undefined> => {
    const reply = await client.request({ type: 'arrangeKeys', page: name, position, skus: [...skus] });
    if (!reply.ok) {
      const { title, detail } = strings.refusal(reply.refusal, { format, minorDigits, subject: name });
      return [title, detail].filter((part) => part !== '').join(' ');
    }
    setPages(await read());
    sell.reloadKeys();
    return undefined;
  };
  return (
    <section className={classes['ground']} role="dialog" aria-label={words.title} data-testid="key-pages">
      <header>
        <h1>{words.title}</h1>
        <button type="button" className={classes['back']} onClick={() => sell.showPanel('items')}>
          {strings.keys.back}
        </button>
      </header>
      {pages === undefined ? null : (
        <KeyArranger
          pages={pages}
          words={words}
          maxKeys={MAX_PAGE_KEYS}
          maxName={MAX_PAGE_NAME}
          find={find}
          save={save}
          face={Picture}
          letters={EditorLetters}
        />
      )}
    </section>
  );
};

export const KeyPagesScreen = ({ client }: { readonly client: TillClient }): ReactElement | null => {
  const isOpen = useSellState((state) => state.panel === 'keyPages');
  return isOpen ? <Editor client={client} /> : null;
};
