import { expect, test } from 'vitest';

import { parseScan } from './barcode.ts';
import { parseOwnCodes, readOwnCode } from './own-code.ts';

const rules = () => {
  const parsed = parseOwnCodes('receipt R-\nvoucher GV\nvoucher GVX\nbadge STAFF\nloyalty 29');
  expect(parsed.ok).toBe(true);
  return parsed.ok ? parsed.value : [];
};

test('the longest prefix that fits says what a code is, whatever carries it', () => {
  expect(readOwnCode('GVX12', rules())).toEqual({ kind: 'voucher', reference: '12' });
  expect(readOwnCode('GV12', rules())).toEqual({ kind: 'voucher', reference: '12' });
  expect(readOwnCode('GV', rules())).toBeUndefined();
  expect(parseScan(']Q1R-1-abcd-000001', { ownCodes: rules() })).toMatchObject({
    ok: true,
    value: { type: 'own', own: { kind: 'receipt', reference: '1-abcd-000001' } },
  });
  expect(parseScan('2912345678901', { ownCodes: rules() })).toMatchObject({ ok: true, value: { own: { kind: 'loyalty' } } });
  expect(parseScan('4006381333931', { ownCodes: rules() })).toMatchObject({ ok: true, value: { type: 'gtin' } });
});

test.each(['coupon X', 'receipt', 'receipt A B', 'receipt A\nbadge A', `receipt ${'A'.repeat(33)}`])('%s is no rule', (text) => {
  expect(parseOwnCodes(text).ok).toBe(false);
});
