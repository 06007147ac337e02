/** The check digit of a GTIN's (GLN's, SSCC's …) other digits: weights 3 and 1 from the right, up to the next ten. */
export function checkDigit(digitsBeforeCheck: string): string {
  let sum = 0;
  for (let index = 0; index < digitsBeforeCheck.length; index += 1) {
    const isWeighted = (digitsBeforeCheck.length - index) % 2 === 1;
    sum += Number(digitsBeforeCheck[index]) * (isWeighted ? 3 : 1);
  }
  return String((10 - (sum % 10)) % 10);
}

export const hasGoodCheckDigit = (digits: string): boolean => checkDigit(digits.slice(0, -1)) === digits.slice(-1);
