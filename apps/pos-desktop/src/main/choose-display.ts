/** Which display is the shopper's: the one that it was, while that is there and not the lane's; else the first that is not the lane's. */
export function chooseDisplay<D extends { readonly id: number }>(displays: readonly D[], laneId: number, shownId: number | null): D | null {
  const others = displays.filter(({ id }) => id !== laneId);
  return others.find(({ id }) => id === shownId) ?? others[0] ?? null;
}
