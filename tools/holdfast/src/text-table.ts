/** Tables and amounts for people who read a terminal. */

/** Columns as wide as their widest cell, two blanks apart; columns whose header starts with a blank stand to the right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header.map((cell) => cell.trim()), ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      widths
        .map((width, column) => (header[column]?.startsWith(' ') ? (row[column] ?? '').padStart(width) : (row[column] ?? '').padEnd(width)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** The decimals of a currency by ISO 4217, as the platform knows them. */
const minorDigitsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** `1,234.05 GBP`: integer minor units with the currency's decimals. */
export function moneyText(amountMinor: number | bigint, currency: string): string {
  const minorDigits = minorDigitsOf(currency);
  const negative = amountMinor < 0;
  const digits = String(negative ? -BigInt(amountMinor) : BigInt(amountMinor)).padStart(minorDigits + 1, '0');
  const whole = digits.slice(0, digits.length - minorDigits).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = minorDigits === 0 ? '' : `.${digits.slice(-minorDigits)}`;
  return `${negative ? '-' : ''}${whole}${fraction} ${currency}`;
}
