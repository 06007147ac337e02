/** What could stand on the lane and does not yet: serial lines and scanners of this machine, and, where somebody has them searched for, printers in the network around it. */
import type * as Hardware from '@holdfast/hardware';
import type { DeviceEntry } from '@holdfast/hardware';

import type { FoundDevice } from '../../shared/till-contract.ts';

export type FindPorts = Pick<typeof Hardware, 'findAttached' | 'findNetworked'>;

export interface DeviceFinder {
  /** Without what the profile names already. What the network had last is told again. */
  find(profile: readonly DeviceEntry[], inNetwork: boolean): Promise<readonly FoundDevice[]>;
}

export function createDeviceFinder({ findAttached, findNetworked }: FindPorts): DeviceFinder {
  let networked: readonly FoundDevice[] = [];
  let searching: Promise<readonly FoundDevice[]> | undefined;
  /** However many ask, the network is searched once at a time. */
  const search = async (): Promise<readonly FoundDevice[]> => {
    searching ??= findNetworked().finally(() => (searching = undefined));
    return await searching;
  };
  return {
    async find(profile, inNetwork) {
      const attached = findAttached();
      if (inNetwork) networked = await search();
      const isKnown = (address: string): boolean =>
        profile.some((entry) => entry.address.startsWith(address) || `${entry.address}:9100` === address);
      return [...(await attached), ...networked].filter(({ address }) => !isKnown(address));
    },
  };
}
