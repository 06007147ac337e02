/** A signature as it was drawn. */
import { SIGNATURE_MAX, type SignatureStroke } from '@holdfast/domain';
import type { ReactElement } from 'react';

/** A stroke of one point is a dot. */
export const pathOf = (stroke: SignatureStroke): string =>
  stroke.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('') + (stroke.length === 1 ? 'h0' : '');

export const SignatureDrawing = ({
  strokes,
  className,
}: {
  readonly strokes: readonly SignatureStroke[];
  readonly className?: string | undefined;
}): ReactElement => (
  <svg className={className} viewBox={`0 0 ${SIGNATURE_MAX.width} ${SIGNATURE_MAX.height}`} aria-hidden="true" data-testid="signature">
    <path d={strokes.map(pathOf).join('')} fill="none" stroke="currentcolor" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
  </svg>
);
