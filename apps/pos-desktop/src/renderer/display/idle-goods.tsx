/** Goods with their pictures, while nobody buys: of the page of keys that headquarters named for it, as far as their pictures are here. Nothing moves; now and then others take their place. */
import { useFormat } from '@holdfast/ui';
import { type ReactElement, useEffect, useState, useSyncExternalStore } from 'react';

import type { Tile } from '../../shared/till-contract.ts';
import type { Pictures } from '../pictures.ts';
import type { TillClient } from '../till-client.ts';
import { shownGoods } from './shown-goods.ts';

import classes from './display.module.css';

const NEXT_MS = 12_000;
/** Prices and pages change. */
const ASK_EVERY_TURNS = 5;

interface IdleGoodsProps {
  readonly client: Pick<TillClient, 'request'>;
  readonly pictures: Pictures;
  readonly minorDigits: number;
}

export const IdleGoods = ({ client, pictures, minorDigits }: IdleGoodsProps): ReactElement | null => {
  const format = useFormat();
  const [goods, setGoods] = useState<readonly Tile[]>([]);
  const [turn, setTurn] = useState(0);
  const isAsked = turn % ASK_EVERY_TURNS === 0;
  useEffect(() => {
    const timer = window.setInterval(() => setTurn((before) => before + 1), NEXT_MS);
    return () => window.clearInterval(timer);
  }, []);
  useEffect(() => {
    const ask = async (): Promise<void> => {
      const reply = await client.request({ type: 'displayGoods' });
      if (reply.ok) setGoods(reply.value.tiles ?? []);
    };
    if (isAsked) void ask();
  }, [client, isAsked]);
  // Which of them are here, as one text: the same as long as nothing came.
  const here = useSyncExternalStore(pictures.subscribe, () =>
    goods.flatMap(({ sku, picture = '' }) => (pictures.find(picture) === undefined ? [] : [sku])).join('\n'),
  ).split('\n');
  const shown = shownGoods(
    goods.filter(({ sku }) => here.includes(sku)),
    turn,
  );
  if (shown.length === 0) return null;
  return (
    <ul className={classes['goods']} data-testid="display-goods">
      {shown.map((tile) => (
        <li key={tile.sku}>
          <img src={pictures.find(tile.picture ?? '')} alt="" onError={() => pictures.failed(tile.picture ?? '')} />
          <b dir="auto">{tile.name}</b>
          <span>
            <bdi>{tile.unitPrice === undefined ? '' : format.unitPrice(tile.unitPrice, minorDigits, tile.unit)}</bdi>
          </span>
        </li>
      ))}
    </ul>
  );
};
