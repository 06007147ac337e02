import { casChecksum } from '../../scales/cas.ts';
/** The scale's end of each protocol: what it answers to which bytes. The other end is `scales/`. */
import type { ScaleProtocolId } from '../../scales/protocols.ts';
import { bytesOf } from '../../scales/scale-protocol.ts';
import { TOLEDO_STATUS } from '../../scales/toledo-8217.ts';

/** What a scale knows of itself when it is asked. */
export interface ScaleLook {
  /** What its display shows; below zero, too. */
  readonly grams: number;
  readonly isMoving: boolean;
  readonly isOver: boolean;
  /** Its own tare is set. */
  readonly isNet: boolean;
}

export type ScaleDeed = 'zero';

export interface ScaleVoice {
  /** Of what has come so far: what it answers, what it does, and how many bytes it took; nothing where more must come. */
  hear(
    bytes: readonly number[],
    look: ScaleLook,
  ): { readonly length: number; readonly says?: Uint8Array; readonly does?: ScaleDeed } | undefined;
  /** Said unasked, again and again. */
  readonly says?: (look: ScaleLook) => Uint8Array;
}

const MICROGRAMS_PER_POUND = 453_592_370n;

const kilograms = (grams: number): string =>
  `${grams < 0 ? '-' : ''}${Math.trunc(Math.abs(grams) / 1_000)}.${String(Math.abs(grams) % 1_000).padStart(3, '0')}`;

/** With two decimals, to the nearest. */
function pounds(grams: number): string {
  const hundredths = (BigInt(grams) * 200_000_000n + MICROGRAMS_PER_POUND) / (2n * MICROGRAMS_PER_POUND);
  const digits = String(hundredths).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

const isSellable = ({ grams, isMoving, isOver }: ScaleLook): boolean => !isMoving && !isOver && grams >= 0;

function toledo(look: ScaleLook, weight: (grams: number) => string, width: number): Uint8Array {
  if (isSellable(look)) return bytesOf(`\x02${weight(look.grams).padStart(width, '0')}${look.isNet ? 'N' : ''}\r`);
  const status =
    (look.isMoving ? TOLEDO_STATUS.motion : 0) |
    (look.isOver ? TOLEDO_STATUS.over : 0) |
    (look.grams < 0 ? TOLEDO_STATUS.below : 0) |
    (look.isNet ? TOLEDO_STATUS.net : 0);
  return Uint8Array.of(0x02, 0x3f, status, 0x0d);
}

const toledoVoice = (weight: (grams: number) => string): ScaleVoice => ({
  hear([first], look) {
    if (first === 0x57) return { length: 1, says: toledo(look, weight, 6) };
    return first === 0x5a ? { length: 1, does: 'zero' } : { length: 1 };
  },
});

function nciAnswer(look: ScaleLook, isWeighed: boolean): Uint8Array {
  const first = 0x30 | (look.isMoving ? 1 : 0) | (look.grams === 0 ? 2 : 0);
  const second = 0x30 | (look.grams < 0 ? 1 : 0) | (look.isOver ? 2 : 0);
  const weight = isWeighed && isSellable(look) ? `${pounds(look.grams).padStart(5, '0')}LB\r\n` : '';
  return bytesOf(`\n${weight}S${String.fromCharCode(first, second)}\r\x03`);
}

const nciVoice: ScaleVoice = {
  hear(bytes, look) {
    const end = bytes.indexOf(0x0d);
    if (end < 0) return bytes.length > 8 ? { length: 1 } : undefined;
    const [command] = bytes.slice(end - 1, end);
    if (command === 0x57) return { length: end + 1, says: nciAnswer(look, true) };
    return command === 0x5a ? { length: end + 1, does: 'zero', says: nciAnswer(look, false) } : { length: end + 1 };
  },
};

const whyNot = ({ isMoving, isOver, grams }: ScaleLook): string => (isOver ? '32' : isMoving ? '20' : grams < 0 ? '31' : '30');

const dialogVoice: ScaleVoice = {
  hear(bytes, look) {
    if (bytes[0] !== 0x04) return { length: 1 };
    if (bytes.length < 2) return undefined;
    if (bytes[1] === 0x05) {
      if (!isSellable(look) || look.grams === 0) return { length: 2, says: Uint8Array.of(0x15) };
      const weight = String(look.grams).padStart(5, '0');
      return { length: 2, says: bytesOf(`\x0202\x1b3\x1b${weight}\x1b000001\x1b000000\x03`) };
    }
    const end = bytes.indexOf(0x03);
    if (bytes[1] !== 0x02) return { length: 1 };
    if (end < 0) return bytes.length > 40 ? { length: 1 } : undefined;
    const record = String.fromCharCode(...bytes.slice(2, 4));
    return { length: end + 1, says: record === '08' ? bytesOf(`\x0209\x1b${whyNot(look)}\x03`) : Uint8Array.of(0x06) };
  },
};

const casEcrVoice: ScaleVoice = {
  hear([first], look) {
    if (first === 0x05) return { length: 1, says: Uint8Array.of(0x06) };
    if (first !== 0x11) return { length: 1 };
    const sign = look.isOver ? 'F' : look.grams < 0 ? '-' : ' ';
    const content = [...bytesOf(`${look.isMoving ? 'U' : 'S'}${sign}${kilograms(Math.abs(look.grams)).padStart(6, '0')}kg`)];
    return { length: 1, says: Uint8Array.of(0x01, 0x02, ...content, casChecksum(content), 0x03, 0x04) };
  },
};

const casStreamVoice: ScaleVoice = {
  hear: () => ({ length: 1 }),
  says: (look) => {
    const state = look.isOver ? 'OL' : look.isMoving ? 'US' : 'ST';
    return bytesOf(`${state},${look.isNet ? 'NT' : 'GS'},01,${kilograms(look.grams).padStart(8)} kg\r\n`);
  },
};

const VOICES: Readonly<Record<ScaleProtocolId, ScaleVoice>> = {
  'toledo-8217': toledoVoice(kilograms),
  'toledo-8217-lb': toledoVoice(pounds),
  nci: nciVoice,
  'dialog-06': dialogVoice,
  'cas-ecr': casEcrVoice,
  'cas-stream': casStreamVoice,
};

export const scaleVoice = (id: ScaleProtocolId): ScaleVoice => VOICES[id];
