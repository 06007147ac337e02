/** A broken invariant: the process (or the transaction around it) must not go on. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws where a fact that the code relies on does not hold; `message` names the fact. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The end of every exhaustive switch. */
export function unreachable(value: never, where: string): never {
  throw new InvariantError(`${where}: unreachable value ${JSON.stringify(value)}`);
}
