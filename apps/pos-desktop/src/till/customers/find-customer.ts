/**
 * Who buys, found out while the shopper waits: what was shown is hashed here, and only a hash leaves the lane. Whom the lane knows it finds alone; of others it asks the hub,
 * where that answers, for a moment. A name goes to the hub as it was typed, and what comes back is shown and kept nowhere.
 */
import type { PasscodeSecret } from '@holdfast/base/passcode';
import type { CustomerCode } from '@holdfast/domain';
import type { CustomersAnswer } from '@holdfast/sync';
import type { HttpTransport } from '@holdfast/sync/http';

export interface CustomerLookup {
  readonly codes: readonly CustomerCode[];
  readonly name?: string;
  /** Whoever is to be taken up is looked for here, and nowhere else: it works as well without the hub. */
  readonly isHere?: true;
}

/** `hashes` as `codes`; none where the lane has not got the secret. `answer` absent: the hub was not asked, or did not answer. */
export interface CustomerFinding {
  readonly hashes: readonly string[];
  readonly answer?: CustomersAnswer;
}

export interface FindCustomerPorts {
  readonly transport: Pick<HttpTransport, 'findCustomers'>;
  readonly token: () => string | undefined;
  /** With which all codes of customers are hashed: the company's first. */
  readonly secret: () => PasscodeSecret | undefined;
  readonly hash: (code: CustomerCode, secret: PasscodeSecret) => Promise<string>;
  readonly isKnown: (hash: string) => boolean;
}

export async function findCustomer(ports: FindCustomerPorts, { codes, name, isHere }: CustomerLookup): Promise<CustomerFinding> {
  const secret = ports.secret();
  const hashes = secret === undefined ? [] : await Promise.all(codes.map(async (code) => ports.hash(code, secret)));
  const isFound = name === undefined && (hashes.length === 0 || hashes.some(ports.isKnown));
  const token = isHere === true || isFound ? undefined : ports.token();
  if (token === undefined) return { hashes };
  const asked = await ports.transport.findCustomers(token, { codes: hashes, ...(name !== undefined && { name }) });
  return { hashes, ...(asked.ok && { answer: asked.value.value }) };
}
