/** Refusals that ask: a person says yes, and the same is sent again with their answer. */
import type { Vouched } from '@holdfast/domain';

import type { Refusal } from '../../shared/till-contract.ts';

const ANSWERS: Readonly<Partial<Record<Refusal['type'], { readonly confirmed?: true; readonly vouched?: Vouched[] }>>> = {
  quantityAboveLimit: { confirmed: true },
  goodsExpiryUnsure: { vouched: ['useBy'] },
};

export function answerTo(refusal: Pick<Refusal, 'type'> | undefined): { readonly confirmed?: true; readonly vouched?: Vouched[] } {
  return (refusal === undefined ? undefined : ANSWERS[refusal.type]) ?? {};
}

export const isAsking = (refusal: { readonly type: string } | undefined): boolean =>
  refusal !== undefined && Object.hasOwn(ANSWERS, refusal.type);
