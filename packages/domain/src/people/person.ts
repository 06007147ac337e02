/**
 * The people around a till, as cells: who works there and who is served. Their keys are opaque; a ledger holds the key and nothing else, so
 * that a name can be forgotten while the sale stays. A name is a field of its own here, published to the stores that need it and to no other.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readAccountLimit, type AccountLimit } from '../account/account-limit.ts';
import type { CatalogueFault } from '../catalog/catalog.ts';
import { isCalendarDate, readFields } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { isReceiptLanguage, type ReceiptLanguage } from '../receipt/receipt-words.ts';
import { isCertificate } from '../tax/exemption.ts';
import { isSealedPasscode, SEALED_PASSCODE } from './passcode.ts';
import { parseRoles, type Principal } from './permissions.ts';

export interface Staff extends Principal {
  /** For the screen alone. */
  readonly displayName?: string;
  readonly birthYear?: number;
  /** An age that somebody made sure of, where the year of birth is not to be known. */
  readonly ageReachedYears?: number;
  /** What proves who it is, as `isSealedPasscode` has it. Who has neither signs on nowhere. */
  readonly pin?: string;
  readonly badge?: string;
  /** The code in the envelope: its rights do not end where the lane hears of nobody any more. */
  readonly isBreakGlass?: boolean;
}

export interface Exemption {
  /** Opaque: the number of a certificate that headquarters keeps. */
  readonly certificate: string;
  /** The first calendar date on which it does not hold any more. Absent: it has no end. */
  readonly to?: string;
}

export interface Customer {
  readonly customer: string;
  readonly groups: readonly string[];
  readonly exemption?: Exemption;
  /** For the screen: nobody is named by two letters. */
  readonly initials?: string;
  /** Of the tier, which stands among the groups. */
  readonly tier?: string;
  /** What they buy may be paid later. */
  readonly onAccount?: boolean;
  /** Absent: none. */
  readonly accountLimit?: AccountLimit;
  /** Of their receipts. */
  readonly language?: ReceiptLanguage;
  /** The same person was known already under this id: what counts is what is said of that one. */
  readonly sameAs?: string;
}

const INITIALS = /^[^\p{Cc}\s]{1,8}$/u;

const PERSON_ID = /^[\w.:-]{1,64}$/;
/** Whether a key may be that of a person. */
export const isPersonId = (key: string): boolean => PERSON_ID.test(key);
const GROUP = /^[^\p{Cc}]{1,64}$/u;

const fault = (entity: string, key: string, { field, expected }: { readonly field: string; readonly expected: string }) =>
  err({ type: 'malformedEntity', detail: { entity, key, field, expected } } as const);

/** One who works here, from merged fields. */
export function readStaff(user: string, fields: Fields): Result<Staff, CatalogueFault> {
  const read = readFields(fields);
  if (!PERSON_ID.test(user)) read.fail('key', 'an opaque id: letters, digits and . : - _', undefined);
  const displayName = read.optionalText('displayName');
  const birthYear = read.optionalInt('birthYear', 1900, 2200);
  const ageReachedYears = read.optionalInt('ageReachedYears', 0, 150);
  const roles = parseRoles(read.text('roles'));
  if (roles === undefined) read.fail('roles', 'one role on each line', undefined);
  const [pin, badge] = [read.optionalText('pin'), read.optionalText('badge')];
  const isBreakGlass = read.optionalBool('isBreakGlass');
  if (pin !== undefined && !isSealedPasscode(pin)) read.fail('pin', SEALED_PASSCODE, undefined);
  if (badge !== undefined && !isSealedPasscode(badge)) read.fail('badge', SEALED_PASSCODE, undefined);
  const staff: Staff = {
    user,
    roles: roles ?? [],
    ...(displayName !== undefined && { displayName }),
    ...(birthYear !== undefined && { birthYear }),
    ...(ageReachedYears !== undefined && { ageReachedYears }),
    ...(pin !== undefined && { pin }),
    ...(badge !== undefined && { badge }),
    ...(isBreakGlass === true && { isBreakGlass }),
  };
  const found = read.fault();
  return found === undefined ? ok(staff) : fault('staff', user, found);
}

/** The age that a person has reached for certain on a calendar date; undefined where nothing is known. A birthday that this year may still bring does not count. */
export function staffAgeYears({ birthYear, ageReachedYears }: Staff, date: string): number | undefined {
  if (birthYear === undefined) return ageReachedYears;
  return Math.max(Number(date.slice(0, 4)) - birthYear - 1, ageReachedYears ?? 0, 0);
}

/** One who is served, from merged fields. */
export function readCustomer(customer: string, fields: Fields): Result<Customer, CatalogueFault> {
  const read = readFields(fields);
  if (!PERSON_ID.test(customer)) read.fail('key', 'an opaque id: letters, digits and . : - _', undefined);
  const tier = read.optionalText('tier') ?? '';
  const groups = [...new Set([...(read.optionalText('groups') ?? '').split('\n'), tier])].filter((group) => group !== '');
  if (!groups.every((group) => GROUP.test(group))) read.fail('groups', 'one group on each line, of at most 64 characters', undefined);
  const certificate = read.optionalText('exemptionCertificate');
  const to = read.optionalText('exemptionTo');
  if (certificate !== undefined && !isCertificate(certificate)) {
    read.fail('exemptionCertificate', 'a number: letters, digits and . / : - _, at most 64', undefined);
  }
  if (to !== undefined && (certificate === undefined || !isCalendarDate(to))) {
    read.fail('exemptionTo', 'a date YYYY-MM-DD, beside a certificate', undefined);
  }
  const [initials, language, sameAs] = [read.optionalText('initials'), read.optionalText('language'), read.optionalText('sameAs')];
  if (initials !== undefined && !INITIALS.test(initials)) read.fail('initials', 'two letters', undefined);
  if (sameAs !== undefined && !PERSON_ID.test(sameAs)) read.fail('sameAs', 'an opaque id', undefined);
  const onAccount = read.optionalBool('onAccount');
  const limit = read.optionalText('accountLimit');
  const accountLimit = limit === undefined ? undefined : readAccountLimit(limit);
  if (limit !== undefined && accountLimit === undefined) read.fail('accountLimit', 'minor units and a currency, 50000 EUR', undefined);
  const known: Customer = {
    customer,
    groups,
    ...(certificate !== undefined && { exemption: { certificate, ...(to !== undefined && { to }) } }),
    ...(initials !== undefined && { initials }),
    ...(tier !== '' && { tier }),
    ...(onAccount === true && { onAccount }),
    ...(accountLimit !== undefined && { accountLimit }),
    // One that this build does not speak is a later one's.
    ...(language !== undefined && isReceiptLanguage(language) && { language }),
    ...(sameAs !== undefined && { sameAs }),
  };
  const found = read.fault();
  return found === undefined ? ok(known) : fault('customer', customer, found);
}

/** The exemption that a customer has on the store's calendar date. */
export const exemptionAt = ({ exemption }: Customer, date: string): Exemption | undefined =>
  exemption !== undefined && (exemption.to === undefined || date < exemption.to) ? exemption : undefined;
