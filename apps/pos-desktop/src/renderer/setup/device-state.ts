import type { StatusDotState } from '@holdfast/ui';

import type { LaneDevice } from '../../shared/till-contract.ts';

/** Undefined: it is not saved yet, so nobody looks for it. */
export const dotOf = (device: LaneDevice | undefined): StatusDotState => {
  if (device === undefined) return 'off';
  if (device.reason !== undefined) return 'bad';
  if (device.isWarning === true) return 'warn';
  return device.power === 'online' ? 'ok' : 'busy';
};
