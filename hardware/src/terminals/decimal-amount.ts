/** Minor units as the decimal numbers of JSON, and back, exactly: by their digits, never by arithmetic. */

/** At most fifteen digits: then a double holds the number, and prints it as it was. */
export function minorToDecimal(minor: number, minorDigits: number): number {
  const digits = String(Math.abs(minor)).padStart(minorDigits + 1, '0');
  const split = digits.length - minorDigits;
  const text = minorDigits === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
  return Number(minor < 0 ? `-${text}` : text);
}

/** Undefined where it is no amount of the currency: more decimals than it has, or not finite. */
export function decimalToMinor(amount: number, minorDigits: number): number | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(String(amount));
  if (match === null) return undefined;
  const [, sign = '', whole = '', decimals = ''] = match;
  if (decimals.length > minorDigits) return undefined;
  const minor = Number(`${whole}${decimals.padEnd(minorDigits, '0')}`);
  return sign === '-' ? 0 - minor : minor;
}
