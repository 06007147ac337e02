/** The ways in which scales talk, by the name under which a lane is told of its scale. */
import { casEcr, casStream } from './cas.ts';
import { dialog06 } from './dialog-06.ts';
import { nci } from './nci.ts';
import type { ScaleProtocol } from './scale-protocol.ts';
import { toledo8217 } from './toledo-8217.ts';

const PROTOCOLS = {
  'toledo-8217': toledo8217('kg'),
  'toledo-8217-lb': toledo8217('lb'),
  nci,
  'dialog-06': dialog06,
  'cas-ecr': casEcr,
  'cas-stream': casStream,
} as const satisfies Readonly<Record<string, ScaleProtocol>>;

export type ScaleProtocolId = keyof typeof PROTOCOLS;
export const SCALE_PROTOCOL_IDS = Object.keys(PROTOCOLS) as readonly ScaleProtocolId[];

/** Those that tell again and again what lies there, and that nothing does. */
export const BAGGING_PROTOCOL_IDS: readonly ScaleProtocolId[] = SCALE_PROTOCOL_IDS.filter((id) => !('isForSalesOnly' in PROTOCOLS[id]));

export const isScaleProtocolId = (id: string): id is ScaleProtocolId => Object.hasOwn(PROTOCOLS, id);
export const scaleProtocol = (id: ScaleProtocolId): ScaleProtocol => PROTOCOLS[id];
