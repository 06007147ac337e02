/** What a Postgres refuses a hub at its start, and what to run or to write there so that it starts. */
import type { Login, Queries } from './database.ts';
import { HUB_ROLES } from './row-security.ts';

/** Told in one line: where it happened helps nobody. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);
const NO_PRIVILEGE = '42501';
const NOT_ADMITTED = '28000';
const WRONG_PASSWORD = '28P01';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `make` makes roles, as the user of `DATABASE_URL`. */
export async function makingRoles<T>(database: Queries, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (cause) {
    if (codeOf(cause) !== NO_PRIVILEGE) throw cause;
    const [user] = await database.rows<{ name: string; mayMakeRoles: boolean }>(
      'SELECT rolname AS name, rolcreaterole OR rolsuper AS "mayMakeRoles" FROM pg_roles WHERE rolname = current_user',
    );
    if (user === undefined) throw cause;
    // Roles are of a whole server: another hub's user may have made those that all of them work by.
    const others = await database.rows<{ name: string }>(
      `SELECT rolname AS name FROM pg_roles WHERE rolname IN (${HUB_ROLES.map((role) => `'${role}'`).join(', ')}) AND NOT pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION') ORDER BY rolname`,
    );
    if (user.mayMakeRoles && others.length > 0) {
      const roles = others.map(({ name }) => name).join(', ');
      throw new StartRefused(
        `Another user of this server made the roles that hubs work by. Run as a superuser, then start it again: GRANT ${roles} TO ${quoted(user.name)} WITH ADMIN OPTION;`,
        { cause },
      );
    }
    if (user.mayMakeRoles) throw cause;
    throw new StartRefused(
      `The user of DATABASE_URL may make no roles, and a hub works by logins that it makes for itself. Run as a superuser, then start it again: ALTER ROLE ${quoted(user.name)} CREATEROLE;`,
      { cause },
    );
  }
}

/** Its collations are older nowhere (`goods_words` folds by `pg_c_utf8`). */
const OLDEST_SERVER = 17;
const NUMBERS_PER_RELEASE = 10_000;

/** Its migrations would run on an older one, and the first import fail. */
export async function refuseOldServer(database: Pick<Queries, 'rows'>): Promise<void> {
  const [server] = await database.rows<{ number: number; version: string }>(
    `SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS version`,
  );
  if (server !== undefined && server.number < OLDEST_SERVER * NUMBERS_PER_RELEASE)
    throw new StartRefused(
      `A hub needs Postgres ${OLDEST_SERVER} or later, and the server of DATABASE_URL is ${server.version}. Nothing was changed.`,
    );
}

/** Why the logins that it made are not let in. `database`: its name. */
export function loginRefused(logins: readonly Login[], database: string, cause: unknown): StartRefused {
  const [first] = logins;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (codeOf(cause) === NOT_ADMITTED) {
    const from = /host "([^"]+)"/u.exec(text)?.[1];
    const [kind, address] = from === '[local]' ? ['local', ''] : ['host', ` ${from === undefined ? 'ADDRESS' : maskOf(from)}`];
    const line = `${kind} ${quoted(database)} ${logins.map(({ user }) => user).join(',')}${address} scram-sha-256`;
    return new StartRefused(
      `Postgres does not let in the logins that this hub made for itself. Put this line above the others of pg_hba.conf, run SELECT pg_reload_conf(); and start it again: ${line}`,
      { cause },
    );
  }
  if (codeOf(cause) === WRONG_PASSWORD)
    return new StartRefused(
      `Postgres does not take the password that this hub gave to ${first?.user ?? 'its login'}. Another hub over this database has another key of secrets (HOLDFAST_SECRETS_KEY, or the file secrets.key of its data folder), or what stands before the server keeps passwords of its own.`,
      { cause },
    );
  return new StartRefused(
    `Postgres refused ${first?.user ?? 'a login'}, the login that this hub made for itself: let it in where DATABASE_URL is let in (pg_hba.conf, or what stands before the server). It said: ${text}`,
    { cause },
  );
}

/** One address alone. */
const maskOf = (address: string): string => `${address}/${address.includes(':') ? '128' : '32'}`;
