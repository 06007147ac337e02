/** Departments, and the keys of the chosen one: symbol, name, PLU and price. */
import { EmptyState, useFormat } from '@holdfast/ui';
import { memo, type ReactElement, type RefObject, useEffect, useRef, useState } from 'react';

import type { Tile } from '../../shared/till-contract.ts';
import { Picture } from './picture.tsx';
import { useSell, useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './item-keys.module.css';

/** Whether the strip has more than it shows: on its way back, on its way on. */
interface Hidden {
  readonly before: boolean;
  readonly after: boolean;
}
const NONE_HIDDEN: Hidden = { before: false, after: false };
/** Parts of a pixel are no tab. */
const SLACK_PX = 1;

const useHidden = (strip: RefObject<HTMLDivElement | null>): Hidden => {
  const [hidden, setHidden] = useState(NONE_HIDDEN);
  useEffect(() => {
    const tabs = strip.current;
    if (tabs === null) return undefined;
    const look = (): void => {
      // Right to left it is counted below zero.
      const past = Math.abs(tabs.scrollLeft);
      const before = past > SLACK_PX;
      const after = tabs.scrollWidth - tabs.clientWidth - past > SLACK_PX;
      setHidden((last) => (last.before === before && last.after === after ? last : { before, after }));
    };
    const observer = new ResizeObserver(look);
    // Itself, and its row, which is as long as all tabs together.
    for (const element of [tabs, ...tabs.children]) observer.observe(element);
    tabs.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      tabs.removeEventListener('scroll', look);
    };
  }, [strip]);
  return hidden;
};

/** Brings the tabs that are hidden on one side into view, from the first one that is cut on. */
const showHidden = (strip: HTMLElement, side: keyof Hidden): void => {
  const shown = strip.getBoundingClientRect();
  const tabs = [...strip.querySelectorAll('[data-department]')].map((tab) => ({ tab, at: tab.getBoundingClientRect() }));
  const isRight = (side === 'after') === (getComputedStyle(strip).direction === 'ltr');
  const cut = tabs.filter(({ at }) => (isRight ? at.right > shown.right + SLACK_PX : at.left < shown.left - SLACK_PX));
  const next = side === 'after' ? cut[0] : cut.at(-1);
  next?.tab.scrollIntoView({ block: 'nearest', inline: side === 'after' ? 'start' : 'end' });
};

export const DepartmentTabs = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const departments = useSellState((state) => state.departments);
  const department = useSellState((state) => state.department);
  const tabs = useRef<HTMLDivElement>(null);
  const hidden = useHidden(tabs);
  useEffect(() => {
    if (department === undefined) return;
    tabs.current?.querySelector(`[data-department="${CSS.escape(department)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [department]);
  // Both stand as soon as one is needed: nothing moves while one goes through the tabs.
  const turn = (side: keyof Hidden, mark: string): ReactElement | null =>
    hidden.before || hidden.after ? (
      <button
        type="button"
        className={classes['turn']}
        data-turn={side}
        aria-label={strings.departmentsHidden[side]}
        disabled={!hidden[side]}
        onClick={() => (tabs.current === null ? undefined : showHidden(tabs.current, side))}
      >
        {mark}
      </button>
    ) : null;
  return (
    <div className={classes['departments']}>
      {turn('before', '‹')}
      <div
        ref={tabs}
        className={classes['tabs']}
        role="group"
        aria-label={strings.departments}
        data-before={hidden.before || undefined}
        data-after={hidden.after || undefined}
      >
        <div className={classes['row']}>
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
      </div>
      {turn('after', '›')}
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
