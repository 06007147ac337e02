import { expect, test } from 'vitest';

import { readDigitalLink } from './digital-link.ts';
import { elementsText } from './element-string.ts';

const answerOf = (uri: string): string => {
  const read = readDigitalLink(uri);
  return read.ok ? elementsText(read.value) : read.error.detail.reason;
};

test.each([
  ['https://id.gs1.org/01/04006381333931', '(01)04006381333931'],
  ['https://id.gs1.org/01/4006381333931/22/2A/10/LOT7/21/S%2F9', '(01)04006381333931(22)2A(10)LOT7(21)S/9'],
  ['https://id.gs1.org/01/04006381333931/10/LOT7?17=261231&3103=000842', '(01)04006381333931(10)LOT7(17)261231(3103)000842'],
  ['http://shop.example:8080/a/b/01/04006381333931/?utm_source=x;17=261231#part', '(01)04006381333931(17)261231'],
  ['https://id.gs1.org/414/9501101530003/254/A1', '(414)9501101530003(254)A1'],
  ['https://id.gs1.org/00/123456789012345675', '(00)123456789012345675'],
  ['https://shop.example/01/04006381333931/reviews', 'noKey'],
  ['https://shop.example/', 'noKey'],
  ['https://shop.example', 'noKey'],
  ['https://id.gs1.org/01/04006381333931/21/S9/10/LOT7', 'qualifierOrder'],
  ['https://id.gs1.org/01/04006381333931/235/X/10/LOT7', 'qualifierOrder'],
  ['https://id.gs1.org/01/04006381333932', 'checkDigit'],
  ['https://id.gs1.org/01/04006381333931?17=261331', 'date'],
  ['https://id.gs1.org/01/04006381333931/10/%E0%A4%A', 'percentEncoding'],
  ['https://id.gs1.org/01/04006381333931?17=261231&17=271231', 'repeated'],
])('%s is %s', (uri, answer) => {
  expect(answerOf(uri)).toBe(answer);
});
