/** What an arrow key moves by in a grid of keys that is filled row by row: to the side it points at, or a row up or down. */
export interface GridLayout {
  readonly columns: number;
  /** Rows begin on the right. */
  readonly isRtl: boolean;
}

/** In places; undefined: the key is no arrow. */
export function gridStep(key: string, { columns, isRtl }: GridLayout): number | undefined {
  const onwards = isRtl ? -1 : 1;
  switch (key) {
    case 'ArrowRight':
      return onwards;
    case 'ArrowLeft':
      return -onwards;
    case 'ArrowDown':
      return columns;
    case 'ArrowUp':
      return -columns;
    default:
      return undefined;
  }
}

/** As it is drawn now: as many columns as stand in the first row. */
export function layoutOf(grid: HTMLElement): GridLayout {
  const tops = [...grid.children].map((child) => child.getBoundingClientRect().top);
  return { columns: Math.max(1, tops.filter((top) => top === tops[0]).length), isRtl: getComputedStyle(grid).direction === 'rtl' };
}
