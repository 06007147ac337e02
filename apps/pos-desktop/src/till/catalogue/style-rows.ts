/** What a search found, with each style standing once where several of its variants were: one that was meant alone stands as itself. */
export interface Hit {
  readonly sku: string;
  readonly style?: string | undefined;
}

/** Goods, or a style with those of its variants that were found. */
export interface FoundRow {
  readonly style?: string;
  readonly skus: readonly string[];
}

/** In the order in which they were found; a style stands where the first of its variants did. */
export function styleRows(hits: readonly Hit[]): readonly FoundRow[] {
  const byStyle = Map.groupBy(hits, ({ style }) => style);
  const shown = new Set<string>();
  return hits.flatMap(({ sku, style }): readonly FoundRow[] => {
    const variants = style === undefined ? [] : (byStyle.get(style) ?? []);
    if (style === undefined || variants.length === 1) return [{ skus: [sku] }];
    if (shown.has(style)) return [];
    shown.add(style);
    return [{ style, skus: variants.map((variant) => variant.sku) }];
  });
}
