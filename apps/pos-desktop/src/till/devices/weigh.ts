/** What lies on the scale, as the till sells by it. */
import type { Result } from '@holdfast/base';
import type { Refusal } from '@holdfast/domain';
import type { DeviceFault, NotZeroed, NoWeight, Weight } from '@holdfast/hardware';

export type ScaleWeight = Result<Weight, Refusal>;

/** In the till's words. */
export const scaleRefusal = (fault: DeviceFault | NoWeight | NotZeroed): Refusal =>
  fault.type === 'deviceFailed'
    ? { type: 'scaleUnavailable', detail: { reason: fault.reason } }
    : { type: 'noWeight', detail: { reason: fault.reason } };
