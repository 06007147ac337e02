/** The keys of the sell screen, arranged by headquarters with the editor that a store's manager has: for all stores, or for one. */
import { KeyArranger } from '@holdfast/ui';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { failureOf, failureText } from '../ask.ts';
import { useRights } from '../rights.tsx';
import { Awaiting, StoreFilter } from '../table-parts.tsx';
import { arrangeKeys, findProducts, KEY_PAGE_WORDS, scopeOf, useKeyPages } from './key-pages.ts';
import { putPicture, whyNoPicture } from './pictures.ts';

const whyNot = (error: unknown): string => {
  const failure = failureOf(error);
  if (failure === null) throw error;
  return failureText(failure);
};

export const KeyPagesPage = ({ places, address }: { readonly places: Places; readonly address: Address }): ReactElement => {
  const scope = scopeOf(address.filters.store);
  const { may } = useRights();
  const asked = useKeyPages(scope);
  const client = useQueryClient();
  const done = async (asking: Promise<unknown>): Promise<string | undefined> => {
    try {
      await asking;
    } catch (error) {
      return whyNot(error);
    }
    await client.invalidateQueries({ queryKey: ['keyPages'] });
    return undefined;
  };
  return (
    <div className="page arranging" data-testid="keys-page">
      <header className="page-head">
        <h1>Keys</h1>
        <p className="mut">
          {scope === 'global'
            ? 'What stands on the sell screen of every store. A store’s own pages cover these.'
            : 'What stands on this store’s sell screen. What is saved here is this store’s own.'}
        </p>
        <div className="tools">
          <StoreFilter places={places} address={address} />
        </div>
      </header>
      {!may('arrangeKeys', scope) ? (
        <p className="mut">To arrange these keys is not among your rights here.</p>
      ) : asked.data === undefined ? (
        <Awaiting asked={asked} />
      ) : (
        <KeyArranger
          key={scope}
          pages={asked.data.pages}
          words={KEY_PAGE_WORDS}
          maxKeys={asked.data.maxKeys}
          maxName={asked.data.maxName}
          find={async (text) => findProducts(scope, text).catch(() => [])}
          save={async (page) => done(arrangeKeys(scope, page))}
          setPicture={async (sku, file) => (file === null ? undefined : whyNoPicture(file)) ?? done(putPicture(scope, sku, file))}
        />
      )}
    </div>
  );
};
