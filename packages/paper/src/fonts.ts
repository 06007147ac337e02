/**
 * The fonts of rasters: real shaped text where a printer has no code page for it, and the letters of the virtual printer. They come with
 * the packages, so that paper looks the same on every machine; they are loaded once, when first needed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { assert } from '@holdfast/base';
import { GlobalFonts } from '@napi-rs/canvas';

const FAMILIES = [
  { name: 'Holdfast Mono', from: '@fontsource/noto-sans-mono', files: /-500-normal\.woff2$/ },
  { name: 'Holdfast Mono Bold', from: '@fontsource/noto-sans-mono', files: /-800-normal\.woff2$/ },
  { name: 'Holdfast Arabic', from: '@fontsource/noto-sans-arabic', files: /-arabic-500-normal\.woff2$/ },
  { name: 'Holdfast Hebrew', from: '@fontsource/noto-sans-hebrew', files: /-hebrew-500-normal\.woff2$/ },
  { name: 'Holdfast Thai', from: '@fontsource/noto-sans-thai', files: /-thai-500-normal\.woff2$/ },
  { name: 'Holdfast Japanese', from: '@fontsource/kosugi', files: /-japanese-400-normal\.woff2$/ },
  // Has every letter of the basic plane, without beauty.
  { name: 'Holdfast Unifont', from: '@fontsource/unifont', files: /-400-normal\.woff2$/ },
] as const;

const OTHERS = FAMILIES.slice(2)
  .map(({ name }) => `'${name}'`)
  .join(', ');
/** In the order of CSS: the first family that has a letter draws it. */
export const PLAIN_FONTS = `'Holdfast Mono', ${OTHERS}`;
export const BOLD_FONTS = `'Holdfast Mono Bold', ${OTHERS}`;

let isLoaded = false;

export function loadFonts(): void {
  if (isLoaded) return;
  isLoaded = true;
  const require = createRequire(import.meta.url);
  for (const { name, from, files } of FAMILIES) {
    const folder = join(dirname(require.resolve(`${from}/package.json`)), 'files');
    const found = readdirSync(folder).filter((file) => files.test(file));
    assert(found.length > 0, `${from} has its files`);
    for (const file of found) GlobalFonts.register(readFileSync(join(folder, file)), name);
  }
}
