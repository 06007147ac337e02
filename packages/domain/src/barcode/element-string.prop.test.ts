import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { elementStrings, writeDigitalLink, writeElementString } from '../testing/gs1.ts';
import { applicationIdentifiers } from './application-identifiers.ts';
import { parseScan } from './barcode.ts';
import { readDigitalLink } from './digital-link.ts';
import { elementsText, readElementString } from './element-string.ts';
import '../testing/property-runs.ts';

test('what is written as an element string is read as it was', () => {
  fc.assert(
    fc.property(elementStrings, (said) => {
      expect(readElementString(writeElementString(said))).toEqual({ ok: true, value: { elements: said, unread: [] } });
      const scanned = parseScan(`]d2${writeElementString(said)}\r\n`);
      expect(scanned, elementsText(said)).toMatchObject({ ok: true, value: { type: 'gtin', elements: said } });
    }),
  );
});

test('what is written as a Digital Link is read as it was, whatever stands before its key', () => {
  const path = fc.array(fc.constantFrom('shop', '01', 'de', '10', 'a b', '414'), { maxLength: 3 });
  fc.assert(
    fc.property(elementStrings, path, (said, before) => {
      // Qualifiers of the key stand in the path; the rest only where the dictionary lets it stand in a query.
      const sequence =
        (applicationIdentifiers().get('01')?.linkQualifiers ?? []).find((ais) => said.some(({ ai }) => ais.includes(ai))) ?? [];
      const fits = said.filter(
        ({ ai }, index) => index === 0 || sequence.includes(ai) || applicationIdentifiers().get(ai)?.isLinkAttribute,
      );
      const base = ['https://id.example.com', ...before.map(encodeURIComponent)].join('/');
      const read = readDigitalLink(writeDigitalLink(base, fits));
      expect(read.ok && read.value.toSorted((left, right) => left.ai.localeCompare(right.ai))).toEqual(
        fits.toSorted((left, right) => left.ai.localeCompare(right.ai)),
      );
      expect(read.ok && read.value[0]).toEqual(said[0]);
    }),
  );
});

test('hostile scans are answered, whatever they are made of', () => {
  const GS = '\u001D';
  for (const text of [
    GS.repeat(1_000_000),
    `]C1${GS.repeat(7_000)}`,
    `]C101${'0'.repeat(1_000_000)}`,
    `https://a/${'01/'.repeat(300_000)}`,
  ]) {
    expect(parseScan(text).ok).toBe(false);
  }
  expect(parseScan(`]C1${GS.repeat(3_000)}0104006381333931${GS.repeat(3_000)}`)).toMatchObject({
    ok: true,
    value: { text: '04006381333931' },
  });
  const junk = fc.string({ unit: fc.constantFrom(...'0123456789()/%?&=;]', GS, 'https://', '01', '10', '8110'), maxLength: 300 });
  fc.assert(
    fc.property(fc.constantFrom(']C1', ']d2', ']Q1', ''), junk, (identifier, text) => {
      const scanned = parseScan(identifier + text);
      expect(scanned.ok ? '' : scanned.error.detail.code).toMatch(/^.{0,48}$/u);
    }),
  );
});
