/** What this machine has that could stand on the lane: serial lines, and scanners that show themselves as such. */
import type * as Hardware from '@holdfast/hardware';
import type { DeviceEntry } from '@holdfast/hardware';

import type { FoundDevice } from '../../shared/till-contract.ts';

/** Without what the profile names already. */
export async function findDevices(hardware: typeof Hardware, profile: readonly DeviceEntry[]): Promise<readonly FoundDevice[]> {
  const found = await hardware.findAttached();
  const isKnown = (address: string): boolean => profile.some((entry) => entry.address.startsWith(address));
  return found.filter(({ address }) => !isKnown(address));
}
