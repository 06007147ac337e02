/** The picture of an article, as keys, lists and customer displays show it; it is published at once, and taken back in its history. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';

import { useRights } from '../rights.tsx';
import { PictureDesk } from './picture-desk.tsx';
import { pictureAddress, putPicture } from './pictures.ts';
import type { Product } from './products.ts';

export const ProductPicture = ({ of, scope }: { readonly of: Product; readonly scope: string }): ReactElement => {
  const client = useQueryClient();
  const { may } = useRights();
  const change = useMutation({
    mutationFn: async (file: File | null) => putPicture(scope, of.sku, file),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['products', 'changes', 'publications', 'keyPages']) void client.invalidateQueries({ queryKey: [key] });
      await client.invalidateQueries({ queryKey: ['product'] });
    },
  });
  const { picture, name } = of.fields;
  const isThere = typeof picture === 'string';
  // What is only shown here because it holds everywhere is not this store's to take away.
  const isOwn = of.layers.some((layer) => layer.scope === scope && typeof layer.fields['picture'] === 'string');
  return (
    <PictureDesk
      label="Picture"
      shown={isThere ? pictureAddress(picture) : undefined}
      alt={`What ${String(name ?? of.sku)} looks like`}
      about={
        <>
          PNG, JPEG or WebP of up to 16 MB: choose it, drop it here, or paste it. The hub draws it small and upright, and keeps nothing else
          of the file.
          {scope === 'global' ? ' It is published at once, everywhere.' : ' It is published at once, for this store.'}
        </>
      }
      isBusy={change.isPending}
      error={change.error}
      mayChange={may('publish', scope)}
      onFile={(file) => change.mutate(file)}
      onRemove={isOwn ? () => change.mutate(null) : undefined}
    />
  );
};
