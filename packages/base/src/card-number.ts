/**
 * What looks like the number of a payment card. Nothing of this system may hold one: terminals keep them, and what a terminal or a person says is
 * looked through before it is kept. Numbers of goods and vouchers are no card numbers: a card's begins as the card schemes' do, has 14 to 19 digits, and is
 * right by Luhn.
 */

/** The leading digits that payment schemes issue (ISO/IEC 7812), each with the lengths in use. */
const ISSUERS: readonly (readonly [from: string, to: string, lengths: readonly number[]])[] = [
  ['4', '4', [16, 19]],
  ['51', '55', [16]],
  ['2221', '2720', [16]],
  ['34', '34', [15]],
  ['37', '37', [15]],
  ['36', '36', [14]],
  ['300', '305', [14]],
  ['38', '39', [14]],
  ['6011', '6011', [16, 19]],
  ['644', '659', [16, 19]],
  ['3528', '3589', [16]],
  ['62', '62', [16, 17, 18, 19]],
  ['50', '50', [16, 19]],
  ['56', '58', [16, 19]],
  ['6304', '6304', [16, 19]],
  ['6759', '6763', [16, 19]],
];

/** The sum that makes a number right: from the right, each second digit counts double, its digits added. */
export function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits.at(-1 - place));
    const weighed = place % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

const isIssued = (digits: string): boolean =>
  ISSUERS.some(([from, to, lengths]) => {
    const start = digits.slice(0, from.length);
    return lengths.includes(digits.length) && start >= from && start <= to;
  });

/** All of a run of digits, whose groups may stand apart by single blanks or hyphens; a part of a number in hexadecimal is none. */
const RUNS = /(?<![\da-fA-F.,])\d(?:[ -]?\d){13,18}(?![\da-fA-F])/g;

/** As they stand in `text`, without the blanks between their groups. */
export function findCardNumbers(text: string): readonly string[] {
  const runs = [...text.matchAll(RUNS)].map(([run]) => run.replaceAll(/[ -]/g, ''));
  return runs.filter((digits) => isIssued(digits) && isLuhnValid(digits));
}

export const hasCardNumber = (text: string): boolean => findCardNumbers(text).length > 0;
