/**
 * A print document as a page of its own, for whoever wants no paper: everything is in it, nothing is loaded, and it prints as it looks. Text is text:
 * it can be searched, copied and read aloud.
 */
import { unreachable } from '@holdfast/base';

import { readLogo } from './logo.ts';
import type { PrintBlock, PrintDocument } from './print-document.ts';
import { code128Bars, qrSquares } from './symbols.ts';
import { directionOf } from './text-raster.ts';

export interface PageFacts {
  readonly title: string;
  /** BCP 47. */
  readonly language: string;
}

const STYLE = `:root{color-scheme:light}
body{margin:0;background:#ecebe7;color:#111;font:15px/1.45 system-ui,sans-serif}
main{box-sizing:border-box;width:min(26rem,100%);margin:0 auto;padding:1.5rem;background:#fff;min-height:100vh}
p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;min-height:1.45em}
.center{text-align:center}.bold{font-weight:700}.large{font-size:1.35rem}
.row{display:flex;justify-content:space-between;align-items:flex-end;gap:1rem}
.row span:first-child{white-space:pre-wrap;overflow-wrap:anywhere}.row span:last-child{white-space:nowrap;font-variant-numeric:tabular-nums}
hr{border:0;border-top:1px dashed #777;margin:.5rem 0}
html[dir=rtl] p:not(.center){text-align:right}
svg,img{display:block;margin:.75rem auto;max-width:100%}
@media print{body{background:#fff}main{padding:0;min-height:0}}`;

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

const classes = (...names: readonly (string | false | undefined)[]): string => {
  const named = names.filter((name) => name !== false && name !== undefined);
  return named.length === 0 ? '' : ` class="${named.join(' ')}"`;
};

export function documentToHtml({ direction, mark, logo, blocks }: PrintDocument, { title, language }: PageFacts): string {
  const marks: readonly PrintBlock[] =
    mark === undefined ? [] : [{ type: 'text', text: mark, align: 'center', isBold: true, isLarge: true }];
  const picture = logo === undefined ? [] : [pictureToHtml(logo)];
  return `<!doctype html>
<html lang="${escaped(language)}" dir="${direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"><style>${STYLE}</style></head><body><main>
${[...marks.map((block) => blockToHtml(block, direction)), ...picture, ...blocks.map((block) => blockToHtml(block, direction))].join('\n')}
</main></body></html>
`;
}

const pictureToHtml = (png: string): string => (readLogo(png) === undefined ? '' : `<img alt="" src="data:image/png;base64,${png}">`);

function blockToHtml(block: PrintBlock, direction: 'ltr' | 'rtl'): string {
  switch (block.type) {
    case 'text': {
      const { text, align, isBold, isLarge } = block;
      return `<p dir="${directionOf(text, direction)}"${classes(align === 'center' && 'center', isBold === true && 'bold', isLarge === true && 'large')}>${escaped(text)}</p>`;
    }
    case 'row': {
      const { start, end, isBold, isLarge } = block;
      return `<div${classes('row', isBold === true && 'bold', isLarge === true && 'large')}><span dir="${directionOf(start, direction)}">${escaped(start)}</span><span dir="auto">${escaped(end)}</span></div>`;
    }
    case 'rule':
      return '<hr>';
    case 'picture':
      return pictureToHtml(block.png);
    case 'feed':
      return `<div style="height:${block.lines * 0.75}rem"></div>`;
    case 'qr': {
      const { size, modules } = qrSquares(block.data);
      const squares = modules.flatMap((module, at) => (module === 1 ? [`M${at % size} ${Math.floor(at / size)}h1v1h-1z`] : []));
      return svg(block.data, { width: size, height: size, path: squares.join(''), scale: 5 });
    }
    case 'barcode': {
      let left = 0;
      const bars = code128Bars(block.data).flatMap((width, index) => {
        left += width;
        return index % 2 === 0 ? [`M${left - width} 0h${width}v30h-${width}z`] : [];
      });
      return svg(block.data, { width: left, height: 30, path: bars.join(''), scale: 1.5 });
    }
    default:
      return unreachable(block, 'documentToHtml');
  }
}

/** With the white around it that scanners want. */
const QUIET = 4;

const svg = (name: string, { width, height, path, scale }: { width: number; height: number; path: string; scale: number }): string =>
  `<svg role="img" aria-label="${escaped(name)}" shape-rendering="crispEdges" width="${(width + 2 * QUIET) * scale}" height="${(height + 2 * QUIET) * scale}" viewBox="${-QUIET} ${-QUIET} ${width + 2 * QUIET} ${height + 2 * QUIET}"><path d="${path}"/></svg>`;
