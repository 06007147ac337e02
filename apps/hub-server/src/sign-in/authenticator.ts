/** The codes that an authenticator shows (RFC 6238), as all of them make them: SHA-1, six digits, one each half minute. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** As long as what SHA-1 gives (RFC 4226, section 4). */
export const SEED_BYTES = 20;
const STEP_MS = 30_000;
const DIGITS = 6;
/** Steps to either side of now: clocks differ, and typing takes time. */
const DRIFT_STEPS = 1;

export const stepAt = (nowMs: number): number => Math.trunc(nowMs / STEP_MS);

export function codeAt(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const at = mac.readUInt8(mac.length - 1) & 0xf;
  return String((mac.readUInt32BE(at) & 0x7f_ff_ff_ff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** The step whose code this is, near now; undefined: of none. All of them are compared, whichever it is. */
export function stepOfCode(seed: Uint8Array, code: string, nowMs: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  let found: number | undefined;
  for (let step = stepAt(nowMs) - DRIFT_STEPS; step <= stepAt(nowMs) + DRIFT_STEPS; step += 1)
    if (step >= 0 && timingSafeEqual(Buffer.from(codeAt(seed, step)), Buffer.from(code))) found = step;
  return found;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, without padding: as a person types a seed. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}

/** What the squares say: who it is of, for whom. */
export const seedAddress = (seed: Uint8Array, name: string): string =>
  `otpauth://totp/Holdfast:${encodeURIComponent(name)}?secret=${base32(seed)}&issuer=Holdfast`;
