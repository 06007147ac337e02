/** The word of `known` that `given` is most likely meant to be: at most two slips of the finger away. */
export function nearestWord(given: string, known: Iterable<string>): string | undefined {
  let best: { readonly word: string; readonly slips: number } | undefined;
  for (const word of known) {
    // Who is off by more in length alone is no candidate: a line of a megabyte is compared with nothing.
    if (Math.abs(given.length - word.length) > 2) continue;
    const slips = editDistance(given, word);
    if (slips <= 2 && (best === undefined || slips < best.slips)) best = { word, slips };
  }
  return best?.word;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substituted = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
