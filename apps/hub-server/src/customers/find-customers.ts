/**
 * Who is looked for: by the beginnings of their names, at the hub, or by a code that was hashed where it was shown.
 *
 * The index holds keyed hashes of beginnings, at most `LONGEST_BEGINNING` letters of each word, so that a search opens those few people whom it may find, and the tables
 * name nobody to whoever has them without the key. What the index suggests is compared with the opened name before it is shown.
 */
import { accountLimitText, beginningsAsked, initialsOf, isNamed, type Person } from '@holdfast/domain';
import type { CustomersAnswer, CustomersQuestion, FoundCustomer } from '@holdfast/sync';

import { customerCells, type CustomerPorts, type CustomerRow, noteAccess, personOfRow, rightsOfCell } from './customers.ts';
import { openPersonalSafe } from './personal-key.ts';

export interface FoundPerson {
  readonly customer: string;
  readonly store: string;
  readonly person: Person;
}

export interface FoundPeople {
  readonly people: readonly FoundPerson[];
  readonly isMore: boolean;
}

const NOBODY: FoundPeople = { people: [], isMore: false };
/** So many are opened for one question. */
const MOST_OPENED = 200;
const PHONE_END = 3;

/** Whoever has a name that begins so, in the order of their names. Without a text: who was taken up or changed last. */
export async function searchCustomers(ports: CustomerPorts, text: string, limit: number): Promise<FoundPeople> {
  const safe = await openPersonalSafe(ports);
  const isAll = text.trim() === '';
  const tokens = [...new Set(beginningsAsked(text).map((each) => safe.token(each)))];
  if (!isAll && tokens.length === 0) return NOBODY;
  const rows = isAll
    ? await ports.database.rows<CustomerRow>(
        `SELECT customer, store, key_number AS "keyNumber", sealed FROM customer WHERE tenant_no = $1 AND sealed IS NOT NULL ORDER BY changed_at_ms DESC, customer LIMIT $2`,
        [ports.tenantNo, limit + 1],
      )
    : await ports.database.rows<CustomerRow>(
        `SELECT c.customer, c.store, c.key_number AS "keyNumber", c.sealed FROM customer c JOIN (
           SELECT customer FROM customer_token WHERE tenant_no = $1 AND token IN (SELECT jsonb_array_elements_text($2::jsonb))
           GROUP BY customer HAVING count(*) = $3 ORDER BY customer LIMIT $4) AS asked ON asked.customer = c.customer
         WHERE c.tenant_no = $1 AND c.sealed IS NOT NULL`,
        [ports.tenantNo, JSON.stringify(tokens), tokens.length, MOST_OPENED],
      );
  const found = rows.flatMap((row): readonly FoundPerson[] => {
    const person = personOfRow(safe, row);
    return person === undefined || (!isAll && !isNamed(person.name, text)) ? [] : [{ customer: row.customer, store: row.store, person }];
  });
  const people = isAll ? found : found.toSorted((left, right) => left.person.name.localeCompare(right.person.name, 'und'));
  return { people: people.slice(0, limit), isMore: people.length > limit || rows.length === MOST_OPENED };
}

/** As many as a screen at a lane has keys for. */
const SHOWN_AT_LANE = 8;

/** What a lane may know. A name is shown where a name was asked for, and the end of the phone beside it, so that one is told from another. */
export async function findForLane(ports: CustomerPorts, device: string, { codes, name }: CustomersQuestion): Promise<CustomersAnswer> {
  // A lane never lists everybody.
  const named = (name ?? '').trim() === '' ? NOBODY : await searchCustomers(ports, name ?? '', SHOWN_AT_LANE);
  const rows = await ports.database.rows<CustomerRow>(
    `SELECT DISTINCT c.customer, c.store, c.key_number AS "keyNumber", c.sealed FROM customer_code k JOIN customer c ON c.tenant_no = $1 AND c.customer = k.customer
     WHERE k.tenant_no = $1 AND k.code IN (SELECT jsonb_array_elements_text($2::jsonb)) AND c.sealed IS NOT NULL`,
    [ports.tenantNo, JSON.stringify(codes)],
  );
  const safe = await openPersonalSafe(ports);
  const people = [
    ...rows.flatMap((row) => {
      const person = personOfRow(safe, row);
      return person === undefined ? [] : [{ customer: row.customer, store: row.store, person, isNamed: false }];
    }),
    ...named.people.map((each) => ({ ...each, isNamed: true })),
  ].filter(({ customer }, index, all) => all.findIndex((each) => each.customer === customer) === index);
  const cells = await customerCells(
    ports.database,
    ports.tenantNo,
    people.map(({ customer }) => customer),
  );
  for (const { customer } of people) await noteAccess(ports, `device:${device}`, 'find', customer);
  return {
    customers: people.map(({ customer, store, person, isNamed: isShown }): FoundCustomer => {
      const rights = rightsOfCell(cells.find(({ key }) => key === customer));
      const { groups, exemptionCertificate, exemptionTo, onAccount, accountLimit, tier } = rights;
      return {
        customer,
        store,
        initials: initialsOf(person.name),
        groups,
        ...(tier !== undefined && { tier }),
        ...(exemptionCertificate !== undefined && { exemptionCertificate }),
        ...(exemptionTo !== undefined && { exemptionTo }),
        ...(onAccount === true && { onAccount }),
        ...(accountLimit !== undefined && { accountLimit: accountLimitText(accountLimit) }),
        ...(person.language !== undefined && { language: person.language }),
        ...(isShown && { name: person.name }),
        ...(isShown && person.phone !== undefined && { phoneEnd: person.phone.slice(-PHONE_END) }),
      };
    }),
    ...(named.isMore && { isMore: true }),
  };
}
