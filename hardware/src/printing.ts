/** Papers as bytes, without any device: what a thread beside its owner's needs of this package, and no driver with it. */
export { encodeLabel } from './labels/zpl.ts';
export { encodeDocument } from './printers/encode.ts';
