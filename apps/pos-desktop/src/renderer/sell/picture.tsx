/** What stands on a key beside its words: the picture of the goods once it is here, their symbol until then, or nothing. */
import { type ReactElement, useSyncExternalStore } from 'react';

import type { Tile } from '../../shared/till-contract.ts';
import { usePictures } from './sell-context.tsx';

interface PictureProps {
  readonly of: Pick<Tile, 'picture' | 'symbol'>;
  readonly className?: string | undefined;
}

export const Picture = ({ of: { picture, symbol }, className }: PictureProps): ReactElement => {
  const pictures = usePictures();
  const address = useSyncExternalStore(pictures.subscribe, () => (picture === undefined ? undefined : pictures.find(picture)));
  return (
    <span className={className} aria-hidden="true" data-pictured={address === undefined ? undefined : ''}>
      {address === undefined || picture === undefined ? (
        (symbol ?? '')
      ) : (
        <img src={address} alt="" decoding="async" draggable={false} data-testid="picture" onError={() => pictures.failed(picture)} />
      )}
    </span>
  );
};
