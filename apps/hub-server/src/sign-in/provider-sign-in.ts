/**
 * Whom an account at the identity provider is here. Nobody is made by it: who comes in was invited, by the address that the provider says is verified, as the name that they sign in by; from then on
 * they are known by what the provider calls them, whatever their address becomes. A second account that says it is them is refused: an address may be given to somebody else one day.
 */
import { err, ok, type Result } from '@holdfast/base';

import { noteEvent } from './events.ts';
import { postsOf } from './posts.ts';
import type { Identity } from './provider.ts';
import { beginSession, type Visitor } from './sessions.ts';
import type { SignInPorts } from './sign-ins.ts';

/** Nobody here is that account; or they are locked out, or on no staff. */
export interface NotKnown {
  readonly type: 'notKnown';
}

export async function signInByProvider(
  ports: SignInPorts,
  identity: Identity,
  visitor: Visitor,
): Promise<Result<{ readonly person: string; readonly token: string }, NotKnown>> {
  const { database, tenantNo, clock } = ports;
  const { address } = visitor;
  const linked = await personOf(ports, identity);
  const person = linked ?? (await linkByAddress(ports, identity));
  const isIn = person !== undefined && (await mayComeIn(ports, person));
  if (person === undefined || !isIn) {
    await noteEvent(ports, { what: 'providerRefused', person: person ?? '', by: person ?? '', address });
    return err({ type: 'notKnown' });
  }
  if (linked === undefined) await noteEvent(ports, { what: 'providerLinked', person, by: person, address });
  await database.execute('UPDATE sign_in SET signed_in_at_ms = $3 WHERE tenant_no = $1 AND person = $2', [tenantNo, person, clock.nowMs()]);
  await noteEvent(ports, { what: 'signedInByProvider', person, by: person, address });
  // Who was signed in there already proved it then, and not now.
  const provenAtMs = Math.min(identity.provenAtMs ?? clock.nowMs(), clock.nowMs());
  return ok({ person, token: await beginSession(ports, person, visitor, { isByProvider: true, provenAtMs }) });
}

async function personOf({ database, tenantNo }: SignInPorts, { issuer, subject }: Identity): Promise<string | undefined> {
  const [row] = await database.rows<{ person: string }>(
    'SELECT person FROM sign_in_link WHERE tenant_no = $1 AND issuer = $2 AND subject = $3',
    [tenantNo, issuer, subject],
  );
  return row?.person;
}

/** Undefined: nobody signs in by that address, or they are another account of this provider already. */
async function linkByAddress(ports: SignInPorts, { issuer, subject, email }: Identity): Promise<string | undefined> {
  if (email === undefined) return undefined;
  const [row] = await ports.database.rows<{ person: string }>(
    `INSERT INTO sign_in_link (tenant_no, issuer, subject, person, linked_at_ms)
     SELECT tenant_no, $2, $3, person, $5 FROM sign_in WHERE tenant_no = $1 AND name = $4 AND NOT is_locked
     ON CONFLICT DO NOTHING RETURNING person`,
    [ports.tenantNo, issuer, subject, email, ports.clock.nowMs()],
  );
  return row?.person;
}

async function mayComeIn({ database, tenantNo }: SignInPorts, person: string): Promise<boolean> {
  const open = await database.rows('SELECT 1 FROM sign_in WHERE tenant_no = $1 AND person = $2 AND NOT is_locked', [tenantNo, person]);
  return open.length > 0 && (await postsOf(database, tenantNo, person)).length > 0;
}
