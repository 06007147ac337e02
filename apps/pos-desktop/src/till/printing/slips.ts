/**
 * The lane's papers that are no receipts: of cash that went into or out of the drawer, of a basket that was set aside, of goods that somebody is to
 * fetch. Documents that any printer sets, in the store's language.
 */
import { type Basket, basketLines, localTimeOf, pricedSymbol, quantityText, receiptWordsOf, type StoreSettings } from '@holdfast/domain';

import type { ReceiptView, RequestBody } from '../../shared/till-contract.ts';
import { slipWords } from './slip-words.ts';

type Block = ReceiptView['blocks'][number];

export interface SlipContext {
  readonly settings: Pick<StoreSettings, 'storeName' | 'storeAddress' | 'timeZone' | 'currency' | 'locale'>;
  readonly minorDigits: number;
  readonly lane: string;
  readonly drawer: string;
  readonly operator: string;
  /** It is about nothing real, and says so. */
  readonly isTraining: boolean;
  readonly atMs: number;
}

/** Room to write a name on. */
const SIGN_HERE = '\n\n________________________';

/** The store, what it is, and when and where it was printed. `number`: what its codes say; none where it is empty. */
export function slipOf(
  title: string,
  { settings, minorDigits, lane, drawer, operator, isTraining, atMs }: SlipContext,
  blocks: readonly Block[],
  number = '',
): ReceiptView {
  const words = slipWords(settings.locale);
  const local = localTimeOf(atMs, settings.timeZone);
  const training: readonly Block[] = isTraining ? [{ type: 'heading', text: receiptWordsOf(settings.locale).training }] : [];
  return {
    receiptNumber: number,
    currency: settings.currency,
    minorDigits,
    blocks: [
      ...training,
      ...(settings.storeName === '' ? [] : [{ type: 'heading', text: settings.storeName } as const]),
      ...settings.storeAddress
        .split('\n')
        .filter((line) => line !== '')
        .map((text) => ({ type: 'text', text, align: 'center' }) as const),
      { type: 'heading', text: title },
      {
        type: 'facts',
        facts: [
          [words.printed, `${local.date} ${local.time}`],
          [words.laneAndDrawer, `${lane}, ${drawer}`],
          [words.operator, operator],
        ],
      },
      { type: 'rule' },
      ...blocks,
      ...training,
    ],
  };
}

/** Whoever gave the money, and whoever took it, sign it. */
export function cashSlip(
  {
    act,
    amountMinor,
    reason,
  }: {
    readonly act: Extract<RequestBody, { type: 'moveCash' }>['act'] | 'float';
    readonly amountMinor: number;
    readonly reason?: string | undefined;
  },
  context: SlipContext,
): ReceiptView {
  const words = slipWords(context.settings.locale);
  return slipOf(words[act], context, [
    { type: 'amount', label: words[act], amountMinor, emphasis: true },
    ...(reason === undefined ? [] : [{ type: 'facts', facts: [[words.reason, reason]] } satisfies Block]),
    { type: 'text', text: `${SIGN_HERE}\n${words.signature}`, align: 'center' },
  ]);
}

/** Of a basket's id: short enough for a bar code on the narrow paper. */
const CODE_LETTERS = 12;
const PREFIX = 'B-';

const suspendCode = (basketId: string): string => PREFIX + basketId.slice(0, CODE_LETTERS);

/** What the id of the basket that a slip stands for begins with; undefined where the scan is of no such slip. */
export function basketIdStartOf(code: string): string | undefined {
  const text = code.trim().replace(/^\][A-Za-z]\d/, '');
  return new RegExp(`^${PREFIX}[0-9a-f]{${CODE_LETTERS}}$`).test(text) ? text.slice(PREFIX.length) : undefined;
}

export function suspendSlip(
  basket: Basket,
  totals: { readonly itemCount: number; readonly totalMinor: number },
  context: SlipContext,
): ReceiptView {
  const words = slipWords(context.settings.locale);
  const blocks: readonly Block[] = [
    { type: 'facts', facts: [[words.pieces, String(totals.itemCount)]] },
    { type: 'amount', label: words.total, amountMinor: totals.totalMinor, emphasis: true },
    { type: 'text', text: words.scanToGoOn, align: 'center' },
  ];
  return slipOf(words.setAside, context, blocks, suspendCode(basket.opening.basketId));
}

/** What is to be fetched: so many of what, under which number, and nothing of what it costs. */
export function pickList(basket: Basket, receiptNumber: string, context: SlipContext): ReceiptView {
  const lines = basketLines(basket).filter(({ quantity }) => quantity.value > 0);
  return slipOf(
    slipWords(context.settings.locale).pickList,
    context,
    lines.flatMap(({ sku, name, quantity }): Block[] => [
      { type: 'text', text: `[ ] ${quantityText(quantity)} ${pricedSymbol(quantity.unit)}`.trimEnd().concat(` × ${name}`), align: 'start' },
      { type: 'text', text: `      ${sku}`, align: 'start' },
    ]),
    receiptNumber,
  );
}
