/**
 * Which taxes a class carries, and when. A plain class has one rate. `rules` in its cell makes it more: a list of variants, of which
 * the first one whose conditions hold applies (a holiday, the rate of last year, eating in); where none holds, the plain rate does.
 * A variant lists its taxes in the order of the receipt; a tax may be charged on others that stand before it, so that no circle is possible.
 *
 * Rates are parts per million (8.875 % is 88,750), because American rates have more decimals than a basis point. A key that this build
 * does not know is a fault, not a detail: it may be a condition, and a tax applied without its condition is a wrong total.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { isCalendarDate, readFields, type FieldFault, type FieldReader } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { currencyOf, divideBigRounded, divideRoundHalfUp } from '../money/money.ts';

/** The highest tax rate that a tax class may carry, in basis points (1,000 %); several taxes together too. */
export const MAX_RATE_BPS = 100_000;
export const MAX_RATE_PPM = 10_000_000;
/** Of a tax of fixed amount per unit, in minor units (ten million euros). */
const MAX_PER_UNIT_MINOR = 1_000_000_000;
const MAX_COMPONENTS = 12;
/** Of one class. */
export const MAX_VARIANTS = 40;
const PPM = 1_000_000n;
export const PPM_PER_BPS = 100;

/** A share of what is sold. */
export interface RateComponent {
  /** Unique in its class: `state`, `county`, `vat`. */
  readonly component: string;
  readonly name: string;
  readonly ratePpm: number;
  /** Components before this one on which it is charged too, beside the net. */
  readonly on?: readonly string[];
}

/** So much for each piece, kilogram, litre or metre. */
export interface UnitComponent {
  readonly component: string;
  readonly name: string;
  readonly perUnitMinor: number;
  readonly currency: string;
}

export type TaxComponent = RateComponent | UnitComponent;

/** A tax class as it applies to one line, here and now. */
export interface TaxClass {
  readonly taxClass: string;
  readonly name: string;
  /** Of all components that are rates together, rounded half-up where it is no whole basis point: for a label, never for a sum. */
  readonly rateBps: number;
  /** Absent: the one rate. */
  readonly components?: readonly TaxComponent[];
}

/** Where goods are eaten. */
export const SERVICES = ['eatIn', 'takeAway'] as const;
export type Service = (typeof SERVICES)[number];

export interface TaxVariant {
  /** The store's calendar dates, `YYYY-MM-DD`: valid in [from, to). */
  readonly from?: string;
  readonly to?: string;
  readonly service?: Service;
  /** For customers with a certificate, and for no one else. Where a class has none such, they are untaxed. */
  readonly exempt?: true;
  /** In place of the class's name. */
  readonly name?: string;
  /** None: untaxed. */
  readonly taxes: readonly TaxComponent[];
}

/** A tax class as it stands in the catalogue. */
export interface TaxRule {
  readonly taxClass: string;
  readonly name: string;
  readonly rateBps: number;
  readonly variants?: readonly TaxVariant[];
}

export interface TaxSituation {
  /** The store's calendar date, `YYYY-MM-DD`, when the line is added. */
  readonly date: string;
  readonly service?: Service;
  /** The customer has a certificate. */
  readonly isExempt?: boolean;
}

export const isRateComponent = (component: TaxComponent): component is RateComponent => 'ratePpm' in component;

/** The class as it applies in this situation. */
export function taxAt(rule: TaxRule, situation: TaxSituation): TaxClass {
  if (rule.variants === undefined) return rule;
  const variant = rule.variants.find((candidate) => holds(candidate, situation));
  return variant === undefined ? plainTax(rule) : variantTax(rule, variant);
}

const plainTax = ({ taxClass, name, rateBps }: TaxRule): TaxClass => ({ taxClass, name, rateBps });

function variantTax({ taxClass, name }: TaxRule, variant: TaxVariant): TaxClass {
  const [only] = variant.taxes;
  // One whole rate is a plain class, whichever way it was written: its sales look alike.
  if (only !== undefined && variant.taxes.length === 1 && isRateComponent(only) && only.ratePpm % PPM_PER_BPS === 0) {
    return { taxClass, name: variant.name ?? only.name, rateBps: divideRoundHalfUp(only.ratePpm, PPM_PER_BPS) };
  }
  const resolved = { taxClass, name: variant.name ?? name, rateBps: ratesTogetherBps(variant.taxes) ?? 0 };
  return only === undefined ? resolved : { ...resolved, components: variant.taxes };
}

/** The class as it applies to a customer with a certificate; undefined where it says nothing of them: then they are untaxed. */
export function exemptTaxAt(rule: TaxRule, situation: TaxSituation): TaxClass | undefined {
  const exempt = { ...situation, isExempt: true };
  return rule.variants?.some((variant) => holds(variant, exempt)) === true ? taxAt(rule, exempt) : undefined;
}

const holds = ({ from, to, service, exempt }: TaxVariant, situation: TaxSituation): boolean =>
  (exempt === true) === (situation.isExempt === true) &&
  (from === undefined || from <= situation.date) &&
  (to === undefined || situation.date < to) &&
  (service === undefined || service === situation.service);

/**
 * What people call the tax that stands in a ledger by its class, component and rate (absent: a fixed amount per unit). Undefined where the class charges
 * no such any more: a name may say a rate, and would say another one.
 */
export function taxNameOf(
  rule: TaxRule,
  { component, ratePpm }: { readonly component?: string; readonly ratePpm?: number },
): string | undefined {
  const taxes = [plainTax(rule), ...(rule.variants ?? []).map((variant) => variantTax(rule, variant))];
  if (component === undefined)
    return taxes.find(({ rateBps, components }) => components === undefined && rateBps * PPM_PER_BPS === ratePpm)?.name;
  return taxes
    .flatMap(({ components = [] }) => components)
    .find((tax) => tax.component === component && (isRateComponent(tax) ? tax.ratePpm : undefined) === ratePpm)?.name;
}

/** What each component takes of a net of 1, and of each unit's fixed amount: numerators over one denominator. */
export interface Shares {
  readonly ofNet: readonly bigint[];
  /** Of one unit (piece, kilogram …), in minor units. */
  readonly ofUnit: readonly bigint[];
  readonly denominator: bigint;
}

/** Compounding unfolded: each tax is a share of the net and so much per unit. Exact. */
export function sharesOf(components: readonly TaxComponent[]): Shares {
  const indexes = new Map(components.map(({ component }, index) => [component, index]));
  let ofNet: bigint[] = [];
  let ofUnit: bigint[] = [];
  let denominator = 1n;
  for (const component of components) {
    if (!isRateComponent(component)) {
      ofNet.push(0n);
      ofUnit.push(BigInt(component.perUnitMinor) * denominator);
      continue;
    }
    let net = denominator;
    let unit = 0n;
    for (const other of component.on ?? []) {
      const index = indexes.get(other) ?? components.length;
      assert(index < ofNet.length, `${component.component} is charged on taxes before it`);
      net += ofNet[index] ?? 0n;
      unit += ofUnit[index] ?? 0n;
    }
    // The denominator grows in place of a division.
    const rate = BigInt(component.ratePpm);
    ofNet = [...ofNet.map((share) => share * PPM), net * rate];
    ofUnit = [...ofUnit.map((share) => share * PPM), unit * rate];
    denominator *= PPM;
  }
  return { ofNet, ofUnit, denominator };
}

/** Rates that are charged together as one, in basis points, rounded half-up; undefined where that is no safe integer. */
export function ratesTogetherBps(taxes: readonly TaxComponent[]): number | undefined {
  const { ofNet, denominator } = sharesOf(taxes);
  const sum = ofNet.reduce((total, share) => total + share, 0n);
  return divideBigRounded(sum * 10_000n, denominator, 'half-up');
}

const COMPONENT_ID = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,39}$/;
const VARIANT_KEYS = ['from', 'to', 'service', 'exempt', 'name', 'taxes'];
const COMPONENT_KEYS = ['component', 'name', 'ratePpm', 'on', 'perUnitMinor', 'currency'];

/** `rules` as a cell holds it: JSON, a list of 1 to `MAX_VARIANTS` variants. The fault names its place: `rules[1].taxes[0].ratePpm`. */
export function parseTaxVariants(text: string): Result<readonly TaxVariant[], FieldFault> {
  let rules: unknown;
  try {
    rules = JSON.parse(text);
  } catch {
    return err({ field: 'rules', expected: 'JSON' });
  }
  const faults: FieldFault[] = [];
  const rows = readRows(rules, 'rules', faults, { keys: VARIANT_KEYS, least: 1, most: MAX_VARIANTS });
  const variants = rows.map((row, index) => readVariant(row, `rules[${index}]`, faults));
  const [fault] = faults;
  return fault === undefined ? ok(variants) : err(fault);
}

/** The rows of a list that came as JSON, each an object of no other keys than `keys`. */
function readRows(
  list: unknown,
  path: string,
  faults: FieldFault[],
  { keys, least, most }: { readonly keys: readonly string[]; readonly least: number; readonly most: number },
): readonly Fields[] {
  if (!Array.isArray(list) || list.length < least || list.length > most) {
    faults.push({ field: path, expected: `a list of ${least} to ${most} rows` });
    return [];
  }
  return list.map((row: unknown, index) => {
    const isRow = typeof row === 'object' && row !== null && !Array.isArray(row);
    const stranger = isRow ? Object.keys(row).find((key) => !keys.includes(key)) : undefined;
    if (!isRow) faults.push({ field: `${path}[${index}]`, expected: 'a row' });
    if (stranger !== undefined) faults.push({ field: `${path}[${index}].${stranger.slice(0, 40)}`, expected: `one of ${keys.join(', ')}` });
    // Values of any kind: `readFields` looks at each one that it hands on.
    return isRow ? (row as Fields) : {};
  });
}

function readVariant(row: Fields, path: string, faults: FieldFault[]): TaxVariant {
  const read = readFields(row, `${path}.`);
  const dateOf = (field: string): string | undefined => {
    const date = read.optionalText(field);
    return date === undefined || isCalendarDate(date) ? date : read.fail(field, 'a date YYYY-MM-DD', undefined);
  };
  const from = dateOf('from');
  const to = dateOf('to');
  if (from !== undefined && to !== undefined && to <= from) read.fail('to', 'later than from', undefined);
  const serviceText = read.optionalText('service');
  const service = SERVICES.find((known) => known === serviceText);
  if (serviceText !== undefined && service === undefined) read.fail('service', SERVICES.join(' or '), undefined);
  const exempt = row['exempt'] === undefined ? false : read.bool('exempt');
  const name = read.optionalText('name');
  const taxes = readComponents(row['taxes'], `${path}.taxes`, faults);
  const fault = read.fault();
  if (fault !== undefined) faults.push(fault);
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(service !== undefined && { service }),
    ...(exempt && { exempt }),
    ...(name !== undefined && { name }),
    taxes,
  };
}

function readComponents(list: unknown, path: string, faults: FieldFault[]): readonly TaxComponent[] {
  const before: TaxComponent[] = [];
  const rows = readRows(list, path, faults, { keys: COMPONENT_KEYS, least: 0, most: MAX_COMPONENTS });
  const names = rows.map((row) => row['component']);
  for (const [index, row] of rows.entries()) {
    const read = readFields(row, `${path}[${index}].`);
    const component = read.text('component');
    if (!COMPONENT_ID.test(component)) read.fail('component', 'letters, digits and : . _ -, at most 40', undefined);
    if (names.indexOf(component) !== index) read.fail('component', 'another name than the taxes before it', undefined);
    const name = read.text('name');
    if ((row['ratePpm'] === undefined) === (row['perUnitMinor'] === undefined)) read.fail('ratePpm', 'there, or perUnitMinor', undefined);
    if (row['ratePpm'] === undefined) {
      const currency = read.text('currency');
      if (currencyOf(currency) === undefined) read.fail('currency', 'a currency that this build knows', undefined);
      if (row['on'] !== undefined) read.fail('on', 'absent: a fixed amount is charged on nothing', undefined);
      before.push({ component, name, perUnitMinor: read.int('perUnitMinor', 0, MAX_PER_UNIT_MINOR), currency });
    } else {
      if (row['currency'] !== undefined) read.fail('currency', 'absent: a rate has none', undefined);
      const on = readOn(row['on'], { names, before, read });
      before.push({ component, name, ratePpm: read.int('ratePpm', 0, MAX_RATE_PPM), ...(on.length > 0 && { on }) });
    }
    const fault = read.fault();
    if (fault !== undefined) faults.push(fault);
  }
  // With a fault the shares mean nothing, and the class is refused anyway.
  const isTooHigh = faults.length === 0 && (ratesTogetherBps(before) ?? MAX_RATE_BPS + 1) > MAX_RATE_BPS;
  if (isTooHigh) faults.push({ field: path, expected: `rates of at most ${MAX_RATE_BPS} basis points together` });
  return before;
}

/** The taxes that a tax is charged on. Only those before it: so no tax can be charged on itself, by whatever way round. */
function readOn(
  list: unknown,
  context: { readonly names: readonly unknown[]; readonly before: readonly TaxComponent[]; readonly read: FieldReader },
): readonly string[] {
  const { names, before, read } = context;
  if (list === undefined) return [];
  if (!Array.isArray(list)) return read.fail('on', 'a list of taxes', []);
  const on: string[] = [];
  for (const other of list as readonly unknown[]) {
    if (typeof other !== 'string' || !names.includes(other)) return read.fail('on', 'taxes of this class', []);
    if (!before.some(({ component }) => component === other)) return read.fail('on', 'taxes before this one: no circle', []);
    if (on.includes(other)) return read.fail('on', 'each tax once', []);
    on.push(other);
  }
  return on;
}
