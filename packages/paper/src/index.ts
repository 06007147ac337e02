export { documentToHtml, type PageFacts } from './document-html.ts';
export { documentToPdf } from './document-pdf.ts';
export { readGreyPicture, type NoPicture } from './logo-file.ts';
export { BOLD_FONTS, loadFonts, PLAIN_FONTS } from './fonts.ts';
export type { PrintAlign, PrintBlock, PrintDocument } from './print-document.ts';
export { columnDots, rasterise, type Bitmap, type RasterLine } from './text-raster.ts';
