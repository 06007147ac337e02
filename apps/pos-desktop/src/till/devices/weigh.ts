/** What lies on the scale, as the till sells by it. */
import type { Result } from '@holdfast/base';
import type { Refusal } from '@holdfast/domain';
import type { DeviceFault, NoWeight, Weight } from '@holdfast/hardware';

export type ScaleWeight = Result<Weight, Refusal>;

/** In the till's words. */
export const scaleRefusal = (fault: DeviceFault | NoWeight): Refusal =>
  fault.type === 'noWeight'
    ? { type: 'noWeight', detail: { reason: fault.reason } }
    : { type: 'scaleUnavailable', detail: { reason: fault.reason } };
