export { EmptyState } from './empty-state.tsx';
export { createFormat, directionOf, type Format, formatOf, type MeasuredUnit, pricingSymbol, toDecimalString } from './format.ts';
export {
  type ArrangedKey,
  type ArrangedPage,
  KeyArranger,
  keysInOrder,
  type KeyArrangerProps,
  type KeyArrangerWords,
  type KeyFace,
  type LetterKeys,
  type SavedPage,
} from './key-arranger.tsx';
export { type Appearance, APPEARANCES, HoldfastProvider, type HoldfastProviderProps, isAppearance, useFormat } from './provider.tsx';
export { StatusDot, type StatusDotState } from './status-dot.tsx';
