/**
 * What a store's settings are where nobody set them, by the country that it names: the table of docs/CONVENTIONS.md. Only what differs from the
 * default everywhere stands here. Coins belong to a currency: a step counts where the store sells in its country's own.
 */
export interface CountryDefaults {
  /** ISO 4217. */
  readonly currency: string;
  readonly pricesIncludeTax: boolean;
  /** The smallest coin, in minor units. */
  readonly cashStepMinor?: number;
  readonly cashMode?: 'half-down';
  /** Money paid down is taxed when it is paid: Directive 2006/112, article 65, and the United Kingdom's law after it. */
  readonly taxesDepositsWithPayment?: true;
}

const euro = { currency: 'EUR', pricesIncludeTax: true, taxesDepositsWithPayment: true } as const;
const euroWithoutCents = { ...euro, cashStepMinor: 5 } as const;

/** By ISO 3166-1. */
export const COUNTRY_DEFAULTS: Readonly<Record<string, CountryDefaults>> = {
  AT: euro,
  AU: { currency: 'AUD', pricesIncludeTax: true, cashStepMinor: 5 },
  BE: euroWithoutCents,
  CA: { currency: 'CAD', pricesIncludeTax: false, cashStepMinor: 5 },
  CH: { currency: 'CHF', pricesIncludeTax: true, cashStepMinor: 5 },
  DE: euro,
  DK: { currency: 'DKK', pricesIncludeTax: true, cashStepMinor: 50, taxesDepositsWithPayment: true },
  ES: euro,
  FI: euroWithoutCents,
  FR: euro,
  GB: { currency: 'GBP', pricesIncludeTax: true, taxesDepositsWithPayment: true },
  HU: { currency: 'HUF', pricesIncludeTax: true, cashStepMinor: 500, taxesDepositsWithPayment: true },
  IE: euroWithoutCents,
  IT: euro,
  JP: { currency: 'JPY', pricesIncludeTax: true },
  MY: { currency: 'MYR', pricesIncludeTax: true, cashStepMinor: 5 },
  NL: euroWithoutCents,
  NO: { currency: 'NOK', pricesIncludeTax: true, cashStepMinor: 100 },
  NZ: { currency: 'NZD', pricesIncludeTax: true, cashStepMinor: 10, cashMode: 'half-down' },
  SE: { currency: 'SEK', pricesIncludeTax: true, cashStepMinor: 100, taxesDepositsWithPayment: true },
  SG: { currency: 'SGD', pricesIncludeTax: true, cashStepMinor: 5 },
  US: { currency: 'USD', pricesIncludeTax: false },
};

/** Settings by their keys, as `readSettings` takes them: under what the store set itself. */
export function defaultsOfCountry(country: string, currency: string): ReadonlyMap<string, string> | undefined {
  const defaults = Object.hasOwn(COUNTRY_DEFAULTS, country) ? COUNTRY_DEFAULTS[country] : undefined;
  if (defaults === undefined) return undefined;
  const settings = new Map([['taxInclusive', String(defaults.pricesIncludeTax)]]);
  if (defaults.taxesDepositsWithPayment === true) settings.set('depositTaxPoint', 'payment');
  if (defaults.cashStepMinor === undefined || defaults.currency !== currency) return settings;
  settings.set('cashRoundingStep', String(defaults.cashStepMinor));
  if (defaults.cashMode !== undefined) settings.set('cashRoundingMode', defaults.cashMode);
  return settings;
}
