/** Departments, and the keys of the chosen one: symbol, name, PLU and price. */
import { EmptyState, useFormat } from '@holdfast/ui';
import { memo, type ReactElement, useEffect, useRef } from 'react';

import type { Tile } from '../../shared/till-contract.ts';
import { Picture } from './picture.tsx';
import { useSell, useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './item-keys.module.css';

export const DepartmentTabs = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const departments = useSellState((state) => state.departments);
  const department = useSellState((state) => state.department);
  const tabs = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (department === undefined) return;
    tabs.current?.querySelector(`[data-department="${CSS.escape(department)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [department]);
  return (
    <div ref={tabs} className={classes['tabs']} role="group" aria-label={strings.departments}>
      {departments.map((name) => (
        <button
          key={name}
          type="button"
          className={classes['tab']}
          aria-pressed={name === department}
          data-department={name}
          onClick={() => sell.showDepartment(name)}
        >
          <bdi>{name}</bdi>
        </button>
      ))}
    </div>
  );
};

interface TileKeyProps {
  readonly tile: Tile;
  readonly minorDigits: number;
  readonly isWeighing: boolean;
}

const TileKey = memo(({ tile, minorDigits, isWeighing }: TileKeyProps): ReactElement => {
  const sell = useSell();
  const format = useFormat();
  const price = tile.unitPrice === undefined ? '' : format.unitPrice(tile.unitPrice, minorDigits, tile.unit);
  return (
    <button
      type="button"
      className={classes['tile']}
      data-testid="tile"
      data-sku={tile.sku}
      data-plu={tile.plu}
      aria-pressed={isWeighing || undefined}
      onClick={() => sell.pressItem(tile)}
    >
      <Picture of={tile} className={classes['symbol']} />
      <b dir="auto">{tile.name}</b>
      <small>
        <bdi>{[tile.plu, price].filter((part) => part !== undefined && part !== '').join(' · ')}</bdi>
      </small>
    </button>
  );
});
TileKey.displayName = 'TileKey';

/** The keys of the chosen department; nothing where it has none. */
export const DepartmentTiles = (): ReactElement | null => {
  const strings = useStrings();
  const tiles = useSellState((state) => state.tiles);
  const weighingSku = useSellState((state) => state.weighing?.sku);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  if (tiles.length === 0) return null;
  return (
    <div className={classes['tiles']} role="group" aria-label={strings.itemKeys} data-testid="tiles">
      {tiles.map((tile) => (
        <TileKey key={tile.sku} tile={tile} minorDigits={minorDigits} isWeighing={tile.sku === weighingSku} />
      ))}
    </div>
  );
};

export const ItemKeys = (): ReactElement => {
  const strings = useStrings();
  const isEmpty = useSellState((state) => state.tiles.length === 0);
  return isEmpty ? <EmptyState title={strings.noItemKeys}>{strings.noItemKeysText}</EmptyState> : <DepartmentTiles />;
};
