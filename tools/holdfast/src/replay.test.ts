/**
 * What the real file holds, fixed once: every count per reason, and the sums to the penny. A change in how lines are told
 * apart shows here before it shows as a difference at the hub.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, test } from 'vitest';

import { chosenInvoices, surveyFile, type Survey } from './replay.ts';
import { decimalPrice, reasonOf } from './retail-file.ts';
import { addInvoice, createSums, lineAmountPennies, type RetailSums } from './retail-sums.ts';

const FILE = fileURLToPath(new URL('../../../../shared/data/sales/online_retail.csv.gz', import.meta.url));
const SAMPLE = 300;
const present = existsSync(FILE);
if (!present) process.stderr.write(`not run: the retail file's counts (${FILE} is absent)\n`);

describe('a line', () => {
  test.each([
    ['6', '2.55', 'sale', 1_530n],
    ['-1', '27.5', 'return', -2_750n],
    ['1', '0.001', 'sale', 0n],
    ['5', '0.001', 'sale', 1n],
    ['-5', '0.001', 'return', -1n],
    ['-4', '0.001', 'return', 0n],
    ['80995', '2.08', 'sale', 16_846_960n],
    ['1', '38970.0', 'sale', 3_897_000n],
    ['12', '0.0', 'freeSale', 0n],
    ['-10', '0.0', 'adjustment', 0n],
    ['1', '-11062.06', 'negativePrice', -1_106_206n],
  ] as const)('%s × %s is a %s of %s pennies', (quantity, priceText, reason, pennies) => {
    const price = decimalPrice(priceText);
    expect(price).not.toBeNull();
    expect(reasonOf(Number(quantity), price!)).toBe(reason);
    expect(lineAmountPennies({ quantity: Number(quantity), priceText })).toBe(pennies);
  });

  test('a price is an integer and its decimals, or nothing', () => {
    expect(decimalPrice('2.55')).toEqual({ amount: 255, decimals: 2 });
    expect(decimalPrice('38970.0')).toEqual({ amount: 389_700, decimals: 1 });
    expect(decimalPrice('0.001')).toEqual({ amount: 1, decimals: 3 });
    expect(decimalPrice('7')).toEqual({ amount: 7, decimals: 0 });
    expect(decimalPrice('-0.0')).toEqual({ amount: 0, decimals: 1 });
    for (const text of ['', '.5', '5.', '1e3', '1,5', ' 1', '1.0000001', 'NaN']) expect(decimalPrice(text), text).toBeNull();
  });
});

describe.runIf(present)('the real file', () => {
  let survey: Survey;
  let sums: RetailSums;
  const skus = new Set<string>();
  const pricesBySku = new Map<string, Set<string>>();
  const badDebt = new Map<string, readonly string[]>();

  beforeAll(async () => {
    sums = createSums();
    survey = await surveyFile(FILE, SAMPLE, (invoice) => {
      addInvoice(sums, invoice);
      for (const line of invoice.lines) {
        skus.add(line.sku);
        const prices = pricesBySku.get(line.sku) ?? new Set();
        pricesBySku.set(line.sku, prices.add(line.priceText));
      }
      if (invoice.number.startsWith('A'))
        badDebt.set(
          invoice.number,
          invoice.lines.map(({ reason }) => reason),
        );
    });
    // Half a million lines, on a machine that may be busy.
  }, 600_000);

  test('holds these counts per reason', () => {
    expect(survey.counts).toEqual({
      invoices: 25_900,
      lines: 541_909,
      skus: 4_070,
      documents: 24_562,
      mixedInvoices: 53,
      mergedLines: 10_108,
      subPennyLines: 4,
      linesByReason: { sale: 530_104, return: 9_288, freeSale: 1_179, adjustment: 1_336, negativePrice: 2 },
      invoicesByReason: { sale: 19_907, return: 3_836, freeSale: 766, adjustment: 1_336, negativePrice: 2 },
    });
  });

  test('comes to these sums', () => {
    expect(sums.totalPennies).toBe(976_987_205n);
    expect(sums.documents).toBe(24_562);
    let quantity = 0n;
    let onHand = 0n;
    let amount = 0n;
    for (const sku of sums.bySku.values()) {
      quantity += sku.quantity;
      onHand += sku.onHand;
      amount += sku.amountPennies;
    }
    expect(amount).toBe(sums.totalPennies);
    expect({ quantity, onHand }).toEqual({ quantity: 5_383_405n, onHand: -5_590_362n });
  });

  test('sells most goods at several prices, and of the bad debt one invoice', () => {
    expect([...pricesBySku.values()].filter((prices) => prices.size > 1).length).toBe(3_603);
    expect(Object.fromEntries(badDebt)).toEqual({ A563185: ['sale'], A563186: ['negativePrice'], A563187: ['negativePrice'] });
  });

  test('loses 112 SKUs where case is ignored', () => {
    expect(skus.size - new Set([...skus].map((sku) => sku.toLowerCase())).size).toBe(112);
  });

  test('a sample holds what is rare', async () => {
    const seen = { lines: 0, quantity: 0, reasons: new Set<string>(), letters: new Set<string>(), thousandths: 0, invoices: 0 };
    for await (const invoice of chosenInvoices(FILE, survey)) {
      seen.invoices += 1;
      seen.lines = Math.max(seen.lines, invoice.lines.length);
      seen.letters.add(invoice.number.replace(/\d+/, ''));
      for (const line of invoice.lines) {
        seen.quantity = Math.max(seen.quantity, line.quantity);
        seen.reasons.add(line.reason);
        if (line.priceText === '0.001') seen.thousandths += 1;
      }
    }
    expect(seen.invoices).toBeGreaterThan(SAMPLE - 20);
    expect(seen.invoices).toBeLessThanOrEqual(SAMPLE);
    expect(seen.lines).toBe(1_114);
    expect(seen.quantity).toBe(80_995);
    expect([...seen.reasons].sort()).toEqual(['adjustment', 'freeSale', 'negativePrice', 'return', 'sale']);
    expect([...seen.letters].sort()).toEqual(['', 'A', 'C']);
    expect(seen.thousandths).toBe(4);
  });
});
