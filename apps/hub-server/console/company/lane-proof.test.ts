import { expect, test } from 'vitest';

import type { LaneProof } from '../api.ts';
import { answerSchema } from '../hub-client.ts';
import { proofFindings } from './lane-proof.tsx';

const AT_MS = Date.UTC(2026, 10, 25, 3, 12);
const LANE = { device: 'd000000000000001', store: '1', lane: 1, problems: [] };
const epoch = {
  number: 3,
  epoch: '9f3a000000000000',
  seq: 48_211,
  headHash: 'ab'.repeat(32),
  chainWhole: true,
  headSigned: true,
  gaps: [],
  checkpointSeq: 48_200,
};
const PROOF: LaneProof = {
  ...LANE,
  epochs: [epoch],
  checkpoint: { number: 12, atMs: AT_MS, signed: true, held: true },
  audit: { askedAtMs: null, doneAtMs: AT_MS, report: { entries: 48_211, entities: 120_344, differences: [] } },
};
const said = (proof: LaneProof): readonly (readonly [boolean, string])[] =>
  proofFindings(proof, 'UTC').map(({ isGood, text, detail }) => [isGood, `${text} | ${detail}`]);

test('what is whole is said in full: which entries, which checkpoint, what was compared', () => {
  const findings = said(PROOF);
  expect(findings.map(([isGood]) => isGood)).toEqual([true, true, true]);
  expect(findings[0]?.[1]).toBe('Epoch 3: entries 1 to 48,211 | Chain whole, the last entry signed by the lane.');
  expect(findings[1]?.[1]).toContain('Signed by this hub, for 1 to 48,200 of epoch 3; all of it is still held.');
  expect(findings[2]?.[1]).toContain('48,211 entries and 120,344 records of the catalogue. No difference.');
});

test('what is missing is named, and nothing that is missing looks proven', () => {
  const gap = {
    ...epoch,
    chainWhole: false,
    gaps: [
      { from: 20, to: 20 },
      { from: 31, to: 1_040 },
    ],
  };
  const lost = { number: 12, atMs: AT_MS, signed: true, held: false };
  const differences = [
    ...Array.from({ length: 6 }, (_, index) => ({ what: 'entries', from: index + 1 })),
    { what: 'cells', upTo: 'apple' },
    { what: 'cut-short', head: { seq: 9 } },
  ];
  const findings = said({
    ...LANE,
    epochs: [gap],
    checkpoint: lost,
    audit: { askedAtMs: AT_MS, doneAtMs: AT_MS, report: { entries: 9, entities: null, differences } },
  });
  expect(findings.map(([isGood]) => isGood)).toEqual([false, false, false]);
  expect(findings[0]?.[1]).toContain('missing: 20, 31 to 1,040; the chain is broken.');
  expect(findings[1]?.[1]).toContain('a ledger was cut short');
  expect(findings[2]?.[1]).toMatch(/8 differences: entry 1; .*entry 5 ….*asked to compare again/);
});

test('a lane that has done nothing yet says so; an answer that is none is not read', () => {
  expect(said({ ...LANE, epochs: [], checkpoint: null, audit: null }).map(([, text]) => text.split(' | ')[0])).toEqual([
    'Nothing received yet',
    'No checkpoint yet',
    'Not compared yet',
  ]);
  expect(answerSchema('getDevicesByDeviceProof').safeParse({ ...PROOF, epochs: [{}] }).success).toBe(false);
});
