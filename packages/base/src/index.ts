export { findCardNumbers, hasCardNumber } from './card-number.ts';
export { assert, InvariantError, unreachable } from './assert.ts';
export { CSV_MARK, csvLine, csvText, toCsv } from './csv.ts';
export { gatherBytes, type GatheredBytes } from './gather-bytes.ts';
export { nearestWord } from './nearest-word.ts';
export type { Cipher, Clock, Compression, Hash, Logger, Random, Signer, Timers, Verifier, VerifierAside } from './ports.ts';
export { err, ok, type Result } from './result.ts';
