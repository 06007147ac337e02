import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { expandUpcE, parseScan, printableCode } from './barcode.ts';

/** `<GS>` and other names in angle brackets stand for control characters. */
const CONTROLS: Readonly<Record<string, string>> = {
  '<GS>': '\u001D',
  '<CR>': '\r',
  '<LF>': '\n',
  '<TAB>': '\t',
  '<NUL>': '\0',
  '<ESC>': '\u001B',
};
const withControls = (text: string): string => text.replaceAll(/<[A-Z]+>/g, (name) => CONTROLS[name] ?? name);

/** What it is, and then its keys, or the check digit that was expected, or why it is malformed. */
function answerOf(text: string): readonly [string, string] {
  const scanned = parseScan(text);
  if (!scanned.ok) {
    const { type, detail } = scanned.error;
    if (type === 'badCheckDigit') return [type, detail.expected];
    return [type, [detail.reason, detail.fault, detail.ai].filter((word) => word !== undefined).join(' ')];
  }
  const { type, keys, label: { batch, serial } = {} } = scanned.value;
  const words = [...keys, ...(batch === undefined ? [] : ['batch', batch]), ...(serial === undefined ? [] : ['serial', serial])];
  return [type, words.join(' ')];
}

describe('a scan', () => {
  const cases = readTable(`
    scan                                 | is            | keys                           | because
    -------------------------------------+---------------+--------------------------------+------------------------------------
    4006381333931                        | gtin          | 04006381333931                 | EAN-13
    4006381333931<CR><LF>                | gtin          | 04006381333931                 | a line end is the scanner's, not the code's
    4006381333932                        | badCheckDigit | 1                              | the last digit should be 1
    036000291452                         | gtin          | 00036000291452                 | UPC-A
    0036000291452                        | gtin          | 00036000291452                 | the same as EAN-13
    036000291453                         | badCheckDigit | 2                              |
    96385074                             | gtin          | 00000096385074                 | EAN-8
    96385075                             | badCheckDigit | 4                              |
    04252614                             | gtin          | 00042100005264                 | UPC-E, expanded
    01234565                             | gtin          | 00012345000065 00000001234565  | right as UPC-E and as EAN-8
    ]E04006381333931                     | gtin          | 04006381333931                 | AIM: EAN-13
    ]E496385074                          | gtin          | 00000096385074                 | AIM: EAN-8
    ]E404252614                          | badCheckDigit | 0                              | AIM says EAN-8, so no UPC-E is tried
    ]E004252614                          | gtin          | 00042100005264                 | AIM: UPC-E
    14006381333938                       | gtin          | 14006381333938                 | a case: GTIN-14
    ]C10104006381333931                  | gtin          | 04006381333931                 | GS1-128 with AI 01
    ]C1011400638133393810LOT7<GS>21S9    | gtin          | 14006381333938 batch LOT7 serial S9 | batch and serial
    ]d2010400638133393117261231<GS>10AB  | gtin          | 04006381333931 batch AB        | a separator where none is needed
    ]C101040063813339313103000842        | gtin          | 04006381333931                 | with a weight
    ]C10104006381333931050123456789<GS>10AB | gtin       | 04006381333931 batch AB        | an identifier of the future ends at the next separator
    ]C1010400638133393104012345678901234510AB | gtin     | 04006381333931 batch AB        | one whose length is fixed ends by its length
    ]C101040063813339311726133110AB      | malformedCode | elementString date 17          | no month has it
    ]C10104006381333931310300084         | malformedCode | elementString tooShort 3103    |
    ]C10104006381333931310300084X        | malformedCode | elementString characters 3103  |
    ]C1010400638133393110LOT<GS>10OTHER  | malformedCode | elementString repeated 10      | nobody knows which
    ]C10104006381333931310300084231020001 | malformedCode | elementString tooShort 3102   |
    ]C1010400638133393131030008423102000084 | malformedCode | elementString excluded 3102 | two weights
    ]C10104006381333931XY                | malformedCode | elementString unknownIdentifier XY |
    ]C100123456789012345675             | malformedCode | noGoods 00                     | a parcel
    ]C1255950110153000312345678          | coupon        |                                | GCN
    ]e08110106141416543213500110000310123196000 | coupon |                                | a paper coupon
    ]e0811001                            | malformedCode | elementString content 8110     |
    ]C18112001234561234560123456         | coupon        |                                | a coupon that a clearing house knows
    (8112)001234561234560123456          | coupon        |                                | as printed
    https://id.gs1.org/01/04006381333931/10/LOT7/21/S9 | gtin | 04006381333931 batch LOT7 serial S9 | Digital Link
    https://brand.example/some/path/01/9638507/ | malformedCode | digitalLink tooShort 01  | no GTIN
    HTTPS://BRAND.EXAMPLE/p/01/96385074?17=261231&utm=x | gtin | 00000096385074           | any domain, any path, any length
    https://brand.example/about          | malformedCode | digitalLink noKey              | a web address
    ]C10104006381333932                  | badCheckDigit | 1                              |
    ]C110LOT7                            | malformedCode | noGoods 10                     | no GTIN
    ]C10104006                           | malformedCode | elementString tooShort 01      | cut short
    ]C1010400638133393110                | malformedCode | elementString tooShort 10      | a batch without text
    <GS>0104006381333931                 | gtin          | 04006381333931                 | FNC1 without AIM
    (01)04006381333931                   | gtin          | 04006381333931                 | as printed
    (01)04006381333931(10)LOT7(21)S9     | gtin          | 04006381333931 batch LOT7 serial S9 | as printed
    0104006381333931                     | gtin          | 04006381333931                 | AI 01 without any sign of it
    010400638133393110LOT7               | gtin          | 04006381333931 batch LOT7      |
    4011                                 | plu           | plu:4011                       |
    94011                                | plu           | plu:94011                      |
    85123A                               | text          |                                | an SKU
    85123a                               | text          |                                | another one
    22423                                | plu           | plu:22423                      | a PLU, or an SKU of digits only
    15056BL                              | text          |                                |
    ]C085123A                            | text          |                                | AIM: plain Code 128
    123                                  | text          |                                |
    40063813339                          | text          |                                | eleven digits are no GTIN
    DOT                                  | text          |                                |
    gift_0001_20                         | text          |                                |
    Ünïcode-42                           | text          |                                |
                                         | malformedCode | empty                          |
    <CR><LF>                             | malformedCode | empty                          |
    ]E0                                  | malformedCode | empty                          |
    4006<NUL>381333931                   | malformedCode | controlCharacters              |
    <ESC>[2J                             | malformedCode | controlCharacters              |
    A<TAB>B                              | malformedCode | controlCharacters              |
  `);
  test.each(cases)('$scan is $is $keys ($because)', (row) => {
    expect(answerOf(withControls(cell(row, 'scan')))).toEqual([cell(row, 'is'), cell(row, 'keys')]);
  });

  test('keeps the case and the very letters of an SKU', () => {
    expect(parseScan('85123a')).toEqual({ ok: true, value: { type: 'text', text: '85123a', keys: [] } });
    expect(parseScan(']C085123A\r')).toEqual({ ok: true, value: { type: 'text', text: '85123A', keys: [] } });
  });

  test('of eight digits that are right both ways tries UPC-E first, then GTIN-8', () => {
    const both: string[] = [];
    for (let number = 0; number < 20_000; number += 1) {
      const scanned = parseScan(String(number * 10 + 7).padStart(8, '0'));
      if (scanned.ok && scanned.value.keys.length === 2) both.push(scanned.value.text);
    }
    expect(both.length).toBeGreaterThan(0);
    for (const text of both) {
      const scanned = parseScan(text);
      expect(scanned.ok && scanned.value.keys).toEqual([`00${expandUpcE(text) ?? ''}`, `000000${text}`]);
    }
  });

  test('of 8 kB of junk is refused at once, and shown short', () => {
    const scanned = parseScan('9'.repeat(8_192));
    expect(scanned).toEqual({
      ok: false,
      error: { type: 'malformedCode', detail: { code: `${'9'.repeat(47)}…`, reason: 'tooLong' } },
    });
    expect(parseScan('A'.repeat(128)).ok).toBe(true);
    expect(parseScan('A'.repeat(129)).ok).toBe(false);
    expect(parseScan('\uD800').ok).toBe(false);
  });
});

/** One pair for each way in which zeros are suppressed (GS1 General Specifications, 7.10). */
test.each([
  ['01234505', '012000003455'],
  ['01234514', '012100003454'],
  ['01234523', '012200003453'],
  ['01234531', '012300000451'],
  ['01234543', '012340000053'],
  ['01234558', '012345000058'],
  ['01234590', '012345000090'],
])('UPC-E %s stands for UPC-A %s', (upcE, upcA) => {
  expect(expandUpcE(upcE)).toBe(upcA);
});

test('UPC-E has number system 0 or 1 and eight digits', () => {
  expect(expandUpcE('24252614')).toBeUndefined();
  expect(expandUpcE('0425261')).toBeUndefined();
});

test('what is shown is printable', () => {
  expect(printableCode('a\u0000b\u202Ec')).toBe('a·b·c');
  expect(printableCode('x'.repeat(48))).toBe('x'.repeat(48));
  expect(printableCode('x'.repeat(49))).toBe(`${'x'.repeat(47)}…`);
  expect(printableCode(`${'x'.repeat(46)}😀😀`).isWellFormed()).toBe(true);
});
