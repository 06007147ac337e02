/** Where a sale is eaten, what is said of its lines, and whose words its receipt speaks: the till's own part of it. */
import { afterEach, expect, test } from 'vitest';

import type { ReceiptView, RequestBody } from '../../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, MILK, publish, setting, type TestLane } from '../testing/test-lane.ts';
import type { ReceiptToPrint } from '../till-ports.ts';

const FOOD = { rules: JSON.stringify([{ service: 'takeAway', taxes: [{ component: 'vat', name: 'VAT', ratePpm: 70_000 }] }]) };
const SHOP = [
  ...ASSORTMENT,
  { type: 'tax', key: 'reduced', fields: { name: 'Food', rateBps: 1_900, ...FOOD } } as const,
  { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card', position: 1 } } as const,
];

let lane: TestLane;
let prints: ReceiptToPrint[];
const open = (...settings: Parameters<typeof publish>[1]): void => {
  prints = [];
  lane = createTestLane([...SHOP, ...settings], undefined, (print) => prints.push(print));
};
afterEach(() => lane.close());

const texts = ({ blocks }: ReceiptView): readonly string[] =>
  blocks.flatMap((block) => (block.type === 'text' ? [block.text] : block.type === 'amount' ? [block.label] : []));
const receipt = (): ReceiptView => {
  const { receiptNumber = '' } = lane.state().head.completed ?? {};
  const shown = lane.take({ type: 'receipt', receiptNumber }).receipt;
  if (shown === undefined) throw new Error('a completed sale has a receipt');
  return shown;
};

test('eaten here or taken away: lines that stand and lines that come are taxed so, and a kill does not change it', () => {
  open();
  lane.take({ type: 'scan', code: MILK });
  expect(lane.lines()).toMatchObject([{ taxRateBps: 1_900 }]);
  lane.take({ type: 'setService', service: 'takeAway' });
  lane.take({ type: 'addPlu', plu: '4409' });
  expect(lane.lines().map(({ taxRateBps }) => taxRateBps)).toEqual([700, 700]);
  lane.reopen();
  expect(lane.state().head).toMatchObject({ service: 'takeAway', totals: { totalMinor: 178 } });
  lane.take({ type: 'setService', service: 'eatIn' });
  expect(lane.lines().map(({ taxRateBps }) => taxRateBps)).toEqual([1_900, 1_900]);
  lane.take({ type: 'tender', tenderType: 'card', amountMinor: 100 });
  expect(lane.refusal({ type: 'setService', service: 'takeAway' })).toBe('tendersOpen');
  lane.take({ type: 'payCash', amountMinor: 78 });
  expect(texts(receipt())).toContain('Eaten here');
  expect(lane.state().head).not.toHaveProperty('service');
});

test('windows are told at once of lines that are taxed anew, and of what is said of them', () => {
  open();
  const { lineId = '' } = lane.take({ type: 'scan', code: MILK });
  const told = (body: RequestBody) => lane.ask(body).broadcast.flatMap((message) => (message.type === 'basket' ? message.upserted : []));
  expect(told({ type: 'setService', service: 'takeAway' })).toMatchObject([{ lineId, taxRateBps: 700 }]);
  expect(told({ type: 'describeLine', lineId, serial: 'SN-1' })).toMatchObject([{ lineId, serial: 'SN-1' }]);
});

test('a serial number, a batch and a note stand on the line and on its receipt', () => {
  open();
  const { lineId = '' } = lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'describeLine', lineId, serial: 'SN-1', batch: 'B7', note: 'Gift wrap' });
  lane.take({ type: 'describeLine', lineId, batch: '' });
  lane.reopen();
  const [line] = lane.lines();
  expect(line).toMatchObject({ serial: 'SN-1', note: 'Gift wrap' });
  expect(line).not.toHaveProperty('batch');
  expect(lane.refusal({ type: 'setQuantity', lineId, quantity: 2 })).toBe('serialOfOne');
  lane.take({ type: 'payCash', amountMinor: 119 });
  expect(texts(receipt())).toEqual(expect.arrayContaining(['Serial number SN-1', 'Gift wrap']));
});

test('the receipt speaks the shopper’s language, each copy of it; a gift’s says no prices and is no copy', () => {
  open();
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'setReceiptLanguage', language: 'de' });
  lane.take({ type: 'payCash', amountMinor: 200 });
  expect(receipt()).toMatchObject({ language: 'de' });
  expect(texts(receipt())).toEqual(expect.arrayContaining(['Summe', 'Bar', 'Rückgeld']));
  const { receiptNumber } = receipt();
  lane.take({ type: 'printReceipt', receiptNumber });
  lane.take({ type: 'printReceipt', receiptNumber, isGift: true });
  expect(prints.map(({ isReprint }) => isReprint)).toEqual([false, true, false]);
  const gift = prints[2]?.receipt();
  expect(gift?.blocks.some(({ type }) => type === 'line' || type === 'amount' || type === 'tax')).toBe(false);
  expect(gift === undefined ? [] : texts(gift)).toEqual(expect.arrayContaining(['Geschenkbeleg', '1 × Milk 1 l']));
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 119 });
  expect(receipt()).toMatchObject({ language: 'en' });
});

test('without a shopper’s language the receipt speaks the store’s; so does what comes back of it, and a copy speaks as the first paper did', () => {
  open(setting('locale', 'de-DE'));
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 200 });
  const { receiptNumber } = receipt();
  const german = prints.at(-1)?.receipt();
  expect(german).toMatchObject({ language: 'de-DE' });
  expect(german === undefined ? [] : texts(german)).toEqual(expect.arrayContaining(['Summe', 'Bar', 'Rückgeld']));
  expect(JSON.stringify(german?.blocks)).toContain('["Bediener",');
  lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
  lane.take({ type: 'refund' });
  expect(texts(receipt())).toEqual(expect.arrayContaining(['Auszahlung', 'Rückgabe zu Beleg']));
  publish(lane.store, [setting('locale', 'fr-FR')]);
  lane.take({ type: 'printReceipt', receiptNumber });
  expect(prints.at(-1)?.receipt()).toEqual(german);
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'setReceiptLanguage', language: 'es' });
  lane.take({ type: 'payCash', amountMinor: 200 });
  expect(receipt()).toMatchObject({ language: 'es' });
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 200 });
  expect(texts(receipt())).toContain('Espèces');
});
