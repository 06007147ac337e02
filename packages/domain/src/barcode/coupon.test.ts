import { expect, test } from 'vitest';

import { readDigitalCoupon, readPaperCoupon } from './coupon.ts';

test('a paper coupon says what it takes off, and for what', () => {
  expect(readPaperCoupon('106141416543213500110000310123196000')).toEqual({
    companyPrefix: '0614141',
    offerCode: '654321',
    saveValue: 500,
    requirements: [{ value: 1, code: '0', family: '000' }],
    expires: '101231',
    terms: '6000',
  });
  expect(readPaperCoupon('0123456123456111101231111012392110123112345673261231426120151123456761123456790000')).toMatchObject({
    rule: '1',
    requirements: [{ family: '123' }, { family: '123' }, { family: '123', companyPrefix: '1234567' }],
    expires: '261231',
    starts: '261201',
    serial: '1234567',
    retailer: '1234567',
    terms: '0000',
  });
});

test.each([
  '',
  '0',
  '712345612345611110123',
  '012345612345611110123x',
  '0123456123456011110123',
  '0123456123456111151230',
  '0123456123456111101233261331',
])('%s is none', (value) => {
  expect(readPaperCoupon(value)).toBeUndefined();
});

test('a digital coupon only names its offer', () => {
  expect(readDigitalCoupon('001234561234560123456')).toEqual({ format: '0', funder: '123456', offerCode: '123456', serial: '123456' });
  for (const value of ['', '201234561234560123456', '071234561234560123456', '00123456123456', '0012345612345601234567']) {
    expect(readDigitalCoupon(value), value).toBeUndefined();
  }
});
