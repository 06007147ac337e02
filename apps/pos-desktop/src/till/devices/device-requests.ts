/** What windows ask of the lane's devices themselves, beside any sale. */
import type { Result } from '@holdfast/base';
import type { Refusal } from '@holdfast/domain';

import type { ReplyValue, RequestBody } from '../../shared/till-contract.ts';

export type DevicesRequest = Extract<RequestBody, { type: 'devices' | 'testDevice' | 'setDevices' | 'zeroScale' }>;
export const DEVICES_REQUESTS: readonly DevicesRequest['type'][] = ['devices', 'testDevice', 'setDevices', 'zeroScale'];

const TYPES: ReadonlySet<string> = new Set(DEVICES_REQUESTS);
export const isDevicesRequest = (body: RequestBody): body is DevicesRequest => TYPES.has(body.type);

export type DevicesAnswer = Result<ReplyValue, Refusal>;
