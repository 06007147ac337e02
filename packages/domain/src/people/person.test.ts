import { describe, expect, test } from 'vitest';

import { LEDGER_KINDS } from '../ledger/ledger.ts';
import { exemptionAt, readCustomer, readStaff, staffAgeYears } from './person.ts';

describe('staff', () => {
  test('are an id, their roles, and what is known of their age', () => {
    expect(readStaff('op-7', { roles: 'cashier\nsupervisor', displayName: 'Kim', birthYear: 2004 })).toEqual({
      ok: true,
      value: { user: 'op-7', roles: ['cashier', 'supervisor'], displayName: 'Kim', birthYear: 2004 },
    });
  });

  test.each([
    ['Kim Müller', { roles: 'cashier' }, 'key'],
    ['op-7', {}, 'roles'],
    ['op-7', { roles: '' }, 'roles'],
    ['op-7', { roles: 'Big Boss' }, 'roles'],
    ['op-7', { roles: 'cashier', birthYear: 1850 }, 'birthYear'],
    ['op-7', { roles: 'cashier', ageReachedYears: -1 }, 'ageReachedYears'],
  ])('%j %j is nobody: %s', (key, fields, field) => {
    expect(readStaff(key, fields)).toMatchObject({ ok: false, error: { detail: { entity: 'staff', field } } });
  });

  test.each([
    [{ birthYear: 2008 }, 17],
    [{ birthYear: 2007 }, 18],
    [{ ageReachedYears: 18 }, 18],
    [{ birthYear: 2000, ageReachedYears: 18 }, 25],
    [{ birthYear: 2030 }, 0],
    [{}, undefined],
  ])('of %j it is certain in 2026 that they are %s', (age, years) => {
    expect(staffAgeYears({ user: 'op-7', roles: [], ...age }, '2026-12-31')).toBe(years);
  });
});

describe('a customer', () => {
  test('is an id, groups and an exemption', () => {
    expect(readCustomer('c-1', { groups: 'club\nstaff', exemptionCertificate: 'WI-000123', exemptionTo: '2027-01-01' })).toEqual({
      ok: true,
      value: { customer: 'c-1', groups: ['club', 'staff'], exemption: { certificate: 'WI-000123', to: '2027-01-01' } },
    });
    expect(readCustomer('c-1', { onAccount: true, accountLimit: '50000 EUR' })).toEqual({
      ok: true,
      value: { customer: 'c-1', groups: [], onAccount: true, accountLimit: { amountMinor: 50_000, currency: 'EUR' } },
    });
    expect(readCustomer('c-1', {})).toEqual({ ok: true, value: { customer: 'c-1', groups: [] } });
  });

  test.each([
    ['Jane Doe', {}, 'key'],
    ['c-1', { groups: 'a\u0007b' }, 'groups'],
    ['c-1', { exemptionCertificate: 'issued to Jane Doe' }, 'exemptionCertificate'],
    ['c-1', { exemptionTo: '2027-01-01' }, 'exemptionTo'],
    ['c-1', { exemptionCertificate: '1', exemptionTo: 'soon' }, 'exemptionTo'],
    ['c-1', { accountLimit: '500.00 EUR' }, 'accountLimit'],
    ['c-1', { accountLimit: '-1 EUR' }, 'accountLimit'],
    ['c-1', { accountLimit: '50000 ABC' }, 'accountLimit'],
    ['c-1', { accountLimit: '50000' }, 'accountLimit'],
    ['c-1', { accountLimit: '1000000000001 EUR' }, 'accountLimit'],
  ])('%j %j is none: %s', (key, fields, field) => {
    expect(readCustomer(key, fields)).toMatchObject({ ok: false, error: { detail: { entity: 'customer', field } } });
  });

  test('is exempt up to the day before the certificate ends', () => {
    const customer = { customer: 'c-1', groups: [], exemption: { certificate: '1', to: '2027-01-01' } };
    expect(exemptionAt(customer, '2026-12-31')).toEqual(customer.exemption);
    expect(exemptionAt(customer, '2027-01-01')).toBeUndefined();
    expect(exemptionAt({ customer: 'c-2', groups: [], exemption: { certificate: '2' } }, '9999-12-31')).toEqual({ certificate: '2' });
    expect(exemptionAt({ customer: 'c-3', groups: [] }, '2026-01-01')).toBeUndefined();
  });
});

test('no ledger entry has a column for anybody’s name', () => {
  const columnNames = JSON.stringify(Object.values(LEDGER_KINDS)).matchAll(/"name":"(\w+)"/g);
  for (const [, name] of columnNames) expect(name).not.toMatch(/displayName|customerName|operatorName|birth/i);
});
