/**
 * What proves who somebody is: a PIN that they type, a badge that they show. Neither is ever stored: a cell holds what argon2id makes of it with
 * a secret that only the company's devices hold, so that a copy of the database alone opens nothing. The sealing itself is a port (`@holdfast/base/passcode`).
 *
 * A sealed passcode is `a1.S.H`: the recipe (`a1`: argon2id, 19 MiB, two passes, one lane), the number of the secret, 32 bytes in hex. The same passcode
 * of the same person sealed with the same secret is the same text.
 */

const SEALED = /^a1\.([1-9]\d{0,3})\.[0-9a-f]{64}$/;
/** What a fault says is expected. */
export const SEALED_PASSCODE = 'a passcode as it was sealed: a1.1.<64 hex digits>';

export const isSealedPasscode = (text: string): boolean => SEALED.test(text);

/** Of the secret that it was sealed with; the text is a sealed passcode. */
export const passcodeSecretNo = (sealed: string): number => Number(SEALED.exec(sealed)?.[1] ?? 0);

const PIN = /^\d{4,12}$/;
/** Printable, as a scanner reads it. */
const BADGE = /^[\x21-\x7E]{6,128}$/;

export const isPin = (text: string): boolean => PIN.test(text);
export const isBadge = (text: string): boolean => BADGE.test(text);

/** What is guessed first: one digit over and over, or a run up or down. */
export function isWeakPin(pin: string): boolean {
  const steps = new Set([...pin].slice(1).map((digit, index) => Number(digit) - Number(pin[index])));
  const [step = 0] = steps;
  return steps.size === 1 && Math.abs(step) <= 1;
}
