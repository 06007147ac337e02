/** What reaches beyond a session the hub does for who proved a moment ago who they are. Whoever did not is asked, once, and what they wanted goes on behind it. */
import { failureOf } from '../ask.ts';

interface Asking {
  readonly answered: Promise<boolean>;
  readonly settle: (isProven: boolean) => void;
}

let asking: Asking | undefined;
const listeners = new Set<() => void>();

function setAsking(next: Asking | undefined): void {
  asking = next;
  for (const listener of listeners) listener();
}

/** Whether a proof is asked for. */
export const isAsking = (): boolean => asking !== undefined;

export function whenAsking(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** They proved it, or leave what they wanted. */
export function settleProof(isProven: boolean): void {
  asking?.settle(isProven);
  setAsking(undefined);
}

async function askForProof(): Promise<boolean> {
  if (asking !== undefined) return asking.answered;
  let settle = (_isProven: boolean): void => undefined;
  const answered = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  setAsking({ answered, settle });
  return answered;
}

const isProofNeeded = (error: unknown): boolean => {
  const failure = failureOf(error);
  return failure?.type === 'problem' && failure.name === 'proofNeeded';
};

/** `act` once more where it wants a proof, and that was given; else it fails as it did. */
export async function proven<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isProofNeeded(error) || !(await askForProof())) throw error;
    return act();
  }
}
