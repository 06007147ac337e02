/** What comes in pieces, as bytes in one buffer. A piece takes no more than its bytes: whoever sends a body byte by byte makes nobody hold millions of objects for it. */
export interface GatheredBytes {
  readonly length: number;
  /** The first is not copied yet: it is not to be changed afterwards. */
  readonly add: (piece: Uint8Array) => void;
  /** All so far, copied. */
  readonly bytes: () => Uint8Array<ArrayBuffer>;
}

const SMALLEST_BYTES = 4_096;

export function gatherBytes(): GatheredBytes {
  let buffer: Uint8Array = new Uint8Array();
  let length = 0;
  return {
    get length() {
      return length;
    },
    add: (piece) => {
      if (length === 0) {
        buffer = piece;
        length = piece.length;
        return;
      }
      if (length + piece.length > buffer.length) {
        const grown = new Uint8Array(Math.max(2 * (length + piece.length), SMALLEST_BYTES));
        grown.set(buffer.subarray(0, length));
        buffer = grown;
      }
      buffer.set(piece, length);
      length += piece.length;
    },
    bytes: () => new Uint8Array(buffer.subarray(0, length)),
  };
}
