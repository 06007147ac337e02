/** Whether a database's error says that it could not be asked, rather than that it would not. Trying again is safe. */

const UNREACHABLE_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  '57P01',
  '57P03',
  '53300',
]);

/** Deadlock, serialisation, no lock or no memory just now. */
const BUSY_CODES: ReadonlySet<unknown> = new Set(['40P01', '40001', '55P03', '53000', '53100', '53200', '53400']);

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);

/** The driver gives no code where the connection broke under a question. */
const isBroken = (error: unknown): boolean => error instanceof Error && error.message.startsWith('Connection terminated');

export const isUnreachable = (error: unknown): boolean => UNREACHABLE_CODES.has(codeOf(error)) || isBroken(error);

/** It may go well the next time, whatever was asked. */
export const isTransient = (error: unknown): boolean => isUnreachable(error) || BUSY_CODES.has(codeOf(error));
