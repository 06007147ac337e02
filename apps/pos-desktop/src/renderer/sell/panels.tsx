/** What takes the place of the item keys for a while: search, suspended sales, tenders, the key map. None covers lines, total or keys. */
import { EmptyState, useFormat } from '@holdfast/ui';
import { type ReactElement, useEffect, useRef, useSyncExternalStore } from 'react';

import type { BasketHead, TenderTypeView } from '../../shared/till-contract.ts';
import { isMovable } from '../key-map.ts';
import { AskShopper } from './ask-shopper.tsx';
import { Choice } from './choice.tsx';
import type { KeyEditor } from './key-editor.ts';
import { Letters } from './letters.tsx';
import { Panel } from './panel.tsx';
import { Picture } from './picture.tsx';
import { useKeys, useSell, useSellState, useStrings, useTill } from './sell-context.tsx';
import { MOST_AT_EASE } from './task-panel.tsx';
import { UNDRAWN } from './tendering.ts';

import keyClasses from './keys.module.css';
import classes from './panels.module.css';

const NO_TENDERS: NonNullable<BasketHead['tenders']> = [];

export const SearchPanel = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const results = useSellState((state) => state.results);
  const resultsOf = useSellState((state) => state.resultsOf);
  const resultIndex = useSellState((state) => state.resultIndex);
  const resultStyle = useSellState((state) => state.resultStyle);
  const lettersShown = useSellState((state) => state.lettersShown);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const sku = results[resultIndex]?.sku;
    if (sku !== undefined) list.current?.querySelector(`[data-sku="${CSS.escape(sku)}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [resultIndex, results]);
  return (
    <div className={classes['search']} data-letters={lettersShown || undefined}>
      <Panel title={resultStyle ?? strings.searchTitle} testId="search" onBack={resultStyle === undefined ? undefined : sell.backToFound}>
        <div
          ref={list}
          className={classes['results']}
          role="group"
          aria-label={resultStyle ?? strings.searchTitle}
          data-results-of={resultsOf}
          data-style={resultStyle}
        >
          {results.map((tile, index) => (
            <button
              key={tile.variants === undefined ? tile.sku : `style ${tile.name}`}
              type="button"
              className={classes['result']}
              data-testid="result"
              data-sku={tile.sku}
              data-active={index === resultIndex || undefined}
              onClick={() => sell.pressItem(tile)}
            >
              <Picture of={tile} className={classes['symbol']} />
              <b dir="auto">{tile.name}</b>
              <small dir="auto">
                {[tile.brand, tile.variants === undefined ? (tile.plu ?? tile.code) : strings.variants(tile.variants, format)]
                  .filter((part) => part !== undefined && part !== '')
                  .join(' · ')}
              </small>
              <span className={classes['price']}>
                <bdi>
                  {tile.variants !== undefined
                    ? ''
                    : tile.unitPrice === undefined
                      ? '–'
                      : format.unitPrice(tile.unitPrice, minorDigits, tile.unit)}
                </bdi>
              </span>
            </button>
          ))}
          {results.length > 0 ? null : resultsOf === '' ? (
            <EmptyState title={strings.searchEmpty} />
          ) : (
            <EmptyState title={strings.searchNothing(resultsOf)}>{strings.searchNothingText}</EmptyState>
          )}
        </div>
      </Panel>
      {lettersShown ? <Letters /> : null}
    </div>
  );
};

export const SuspendedPanel = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const suspended = useSellState((state) => state.suspended);
  const timeZone = useTill((view) => view.status?.timeZone);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  return (
    <Panel title={strings.suspendedTitle} testId="suspended">
      {suspended.length === 0 ? <EmptyState title={strings.suspendedNone}>{strings.suspendedNoneText}</EmptyState> : null}
      <div className={classes['choices']}>
        {suspended.map((basket, index) => (
          <button
            key={basket.basketId}
            type="button"
            className={keyClasses['key']}
            data-look="paper"
            data-basket-id={basket.basketId}
            onClick={() => sell.resume(basket.basketId)}
          >
            <span>
              {format.time(basket.atMs, timeZone)} · {strings.items(basket.itemCount, format)} ·{' '}
              <bdi>{format.money(basket.totalMinor, minorDigits)}</bdi>
              {basket.elsewhere === undefined ? null : ` · ${strings.suspendedElsewhere}`}
            </span>
            {index < 9 ? <kbd aria-hidden="true">{index + 1}</kbd> : null}
          </button>
        ))}
      </div>
    </Panel>
  );
};

/** What is typed is the slip's of a terminal of its own, and no balance's. */
const isOfSlip = ({ account }: Pick<TenderTypeView, 'account'>): boolean => account === undefined;

const useTenderingTitle = (): string => {
  const strings = useStrings();
  const format = useFormat();
  const head = useTill((view) => view.head);
  const tendering = useSellState((state) => state.tendering);
  const minorDigits = head?.minorDigits ?? 2;
  if (tendering?.step === 'reference') {
    return (isOfSlip(tendering.type) ? strings.slipTitle : strings.referenceTitle)(tendering.type.name);
  }
  if (tendering?.step === 'signature') return strings.signature.title(tendering.type.name);
  if (tendering?.step === 'excess') return strings.excessTitle(format.money(tendering.excessMinor, minorDigits), tendering.type.name);
  const dueMinor = head?.totals.dueMinor ?? 0;
  if (tendering?.amount === undefined) {
    const { tipMinor = 0 } = tendering ?? {};
    const rest = strings.tendersTitleRest(format.money(Math.abs(dueMinor), minorDigits));
    return tipMinor === 0 ? rest : strings.joined(strings.asTip(format.money(tipMinor, minorDigits)), rest);
  }
  const { value, decimals } = tendering.amount;
  return strings.tendersTitle(format.money(value, decimals));
};

/** How it is paid otherwise than in cash: the store's tenders, and what stands already. */
export const TendersPanel = (): ReactElement => {
  const { capOf } = useKeys();
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const title = useTenderingTitle();
  const tendering = useSellState((state) => state.tendering);
  const tenderTypes = useSellState((state) => state.tenderTypes);
  const isPaying = useSellState((state) => state.isPaying);
  const lettersShown = useSellState((state) => state.lettersShown);
  const hasEntry = useSellState((state) => state.entry.trim() !== '');
  const standing = useTill((view) => view.head?.tenders ?? NO_TENDERS);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const isThere = useSyncExternalStore(sell.shopper.subscribe, sell.shopper.isThere);
  const choice = (key: string, index: number, text: string, onChoose: () => void): ReactElement => (
    <button
      key={key}
      type="button"
      className={keyClasses['key']}
      data-look="paper"
      data-tender={key}
      disabled={isPaying}
      onClick={onChoose}
    >
      <span dir="auto">{text}</span>
      {index < 9 ? <kbd aria-hidden="true">{index + 1}</kbd> : null}
    </button>
  );
  if (tendering?.step === 'reference') {
    return (
      <div className={classes['search']} data-letters={lettersShown || undefined}>
        <Panel title={title} testId="tenders">
          <p className={classes['prompt']}>{isOfSlip(tendering.type) ? strings.slipText : strings.referenceText}</p>
          <div className={classes['choices']} data-row="true">
            <Choice name="letters" look="plain" isPressed={lettersShown} onChoose={sell.toggleLetters}>
              {strings.keys.letters}
            </Choice>
            <Choice name="ok" look="go" cap={capOf('enter')} isDisabled={!hasEntry || isPaying} onChoose={() => sell.press('enter')}>
              {strings.keys.ok}
            </Choice>
          </div>
        </Panel>
        {lettersShown ? <Letters hasFigures writes="codes" /> : null}
      </div>
    );
  }
  if (tendering?.step === 'signature') {
    return (
      <Panel title={title} testId="tenders">
        <p className={classes['prompt']}>{isThere ? strings.signature.text : strings.signature.textAlone}</p>
        <AskShopper />
        <div className={classes['choices']}>
          {UNDRAWN.map((how, index) => choice(how, index, strings.signature[how], () => sell.sign({ how })))}
        </div>
      </Panel>
    );
  }
  if (tendering?.step === 'excess') {
    const excess = format.money(tendering.excessMinor, minorDigits);
    return (
      <Panel title={title} testId="tenders">
        <div className={classes['choices']}>
          {tendering.choices.map((as, index) =>
            choice(as, index, as === 'tip' ? strings.asTip(excess) : strings.asCashBack(excess), () => sell.chooseExcess(as)),
          )}
        </div>
      </Panel>
    );
  }
  return (
    <Panel title={title} testId="tenders">
      {tenderTypes.length === 0 ? <EmptyState title={strings.tendersNone}>{strings.tendersNoneText}</EmptyState> : null}
      <div className={classes['choices']} data-many={tenderTypes.length + standing.length + Number(isThere) > MOST_AT_EASE || undefined}>
        {tenderTypes.map((type, index) => choice(type.tenderType, index, type.name, () => sell.chooseTender(type)))}
        {standing.map((tender) => (
          <button
            key={tender.tenderId}
            type="button"
            className={keyClasses['key']}
            data-look="danger"
            data-give-back={tender.tenderId}
            disabled={isPaying}
            onClick={() => sell.giveBack(tender.tenderId)}
          >
            <span>
              {strings.keys.giveBack}: {tender.name} <bdi>{format.money(tender.amountMinor, minorDigits)}</bdi>
            </span>
            {tender === standing.at(-1) ? <kbd aria-hidden="true">{capOf('voidLine')}</kbd> : null}
          </button>
        ))}
      </div>
      {tendering?.step === 'type' && tendering.amount === undefined && tenderTypes.some(({ takesTips }) => takesTips) ? (
        <AskShopper />
      ) : null}
    </Panel>
  );
};

/** What each key does; a key that may do something else is pressed, and then the one that it shall be. */
export const KeyMapPanel = ({ editor }: { readonly editor: KeyEditor }): ReactElement => {
  const strings = useStrings();
  const { bindings } = useKeys();
  const editing = useSyncExternalStore(editor.subscribe, editor.editing);
  useEffect(() => editor.end, [editor]);
  return (
    <Panel title={strings.keyMapTitle} testId="key-map">
      <p className={classes['text']}>
        {editing === undefined ? strings.keyMapHint : strings.keyMapWaiting(strings.keyNames[editing])}{' '}
        {editor.isChanged() ? (
          <button type="button" className={classes['back']} data-key="keys-reset" onClick={editor.reset}>
            {strings.keyMapReset}
          </button>
        ) : null}
      </p>
      <dl className={classes['keyMap']}>
        {bindings.map((binding) => (
          <div key={binding.action}>
            <dt>
              {isMovable(binding) ? (
                <button
                  type="button"
                  className={classes['keyCap']}
                  data-edits={binding.action}
                  aria-pressed={editing === binding.action}
                  aria-label={`${binding.cap}: ${strings.keyNames[binding.action]}`}
                  onClick={() => editor.begin(binding.action)}
                >
                  <bdi dir="ltr">{binding.cap}</bdi>
                </button>
              ) : (
                <kbd dir="ltr">{binding.cap}</kbd>
              )}
            </dt>
            <dd>{strings.keyNames[binding.action]}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
};
