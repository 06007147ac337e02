/**
 * What a label printer answers to `~HS`: three strings between STX and ETX. Of the first: paper out (2), paused (3), formats in the buffer (5); of
 * the second: head up (3), ribbon out (4), labels left of the batch (9).
 */
export interface LabelCondition {
  readonly isPaperOut: boolean;
  readonly isPaused: boolean;
  readonly isHeadUp: boolean;
  readonly isRibbonOut: boolean;
  /** Formats and labels that it has, and has not printed. */
  readonly waiting: number;
}

const [STX, ETX] = [0x02, 0x03];
const MAX_HELD = 512;

export interface StatusReader {
  read(bytes: Uint8Array): readonly LabelCondition[];
}

/** Of one connection. What stands outside STX and ETX, or is no status, is passed over. */
export function createStatusReader(): StatusReader {
  let held: number[] = [];
  let strings: string[] = [];
  let isInside = false;
  return {
    read(bytes) {
      const found: LabelCondition[] = [];
      for (const byte of bytes) {
        if (byte === STX) [held, isInside] = [[], true];
        else if (byte === ETX && isInside) {
          isInside = false;
          strings = [...strings, String.fromCharCode(...held)].slice(-3);
          const condition = conditionOf(strings);
          if (condition === undefined) continue;
          strings = [];
          found.push(condition);
        } else if (isInside && held.length < MAX_HELD) held.push(byte);
      }
      return found;
    },
  };
}

function conditionOf([first = '', second = '', third]: readonly string[]): LabelCondition | undefined {
  const one = /^\d{3},([01]),([01]),\d+,(\d+),/.exec(first);
  const two = /^\d{3},[01],([01]),([01]),[01],\w,\w,[01],(\d+),/.exec(second);
  if (one === null || two === null || third === undefined) return undefined;
  return {
    isPaperOut: one[1] === '1',
    isPaused: one[2] === '1',
    isHeadUp: two[1] === '1',
    isRibbonOut: two[2] === '1',
    waiting: Number(one[3]) + Number(two[3]),
  };
}

/** As a printer sends it. */
export function hostStatusBytes({ isPaperOut, isPaused, isHeadUp, isRibbonOut, waiting }: LabelCondition): Uint8Array {
  const bit = (flag: boolean): string => (flag ? '1' : '0');
  const strings = [
    `030,${bit(isPaperOut)},${bit(isPaused)},1245,${String(waiting).padStart(3, '0')},0,0,0,000,0,0,0`,
    `001,0,${bit(isHeadUp)},${bit(isRibbonOut)},1,2,6,0,00000000,1,000`,
    '1234,0',
  ];
  return Uint8Array.from(strings.flatMap((text) => [STX, ...new TextEncoder().encode(text), ETX, 0x0d, 0x0a]));
}
