/**
 * What the main thread hears of the replica's status. Each one has it look at its people, its customers and the status line, in the thread that sells; and while much is applied there is one for
 * each chunk, which says how far that has come. That is shown of the first catalogue alone, before which there is nothing to sell.
 */
import type { ReplicaStatus } from '@holdfast/sync';

export type ToldStatus = Pick<ReplicaStatus, 'connected' | 'offlineSinceMs' | 'applying' | 'setAside' | 'problem'>;

/** Undefined: it says nothing new. Whatever else changes is news, for it is how the main thread hears that the hub was heard. */
export function createStatusNews(): (status: ReplicaStatus) => ToldStatus | undefined {
  let told = '';
  return (status) => {
    const { connected, offlineSinceMs, setAside, problem, waiting, cut } = status;
    const applying = cut.at === 0 ? status.applying : null;
    const text = JSON.stringify({
      ...status,
      applying,
      isApplying: status.applying !== null,
      waiting: [waiting.entries, [...waiting.byKind]],
    });
    if (text === told) return undefined;
    told = text;
    return { connected, offlineSinceMs, applying, setAside, problem };
  };
}
