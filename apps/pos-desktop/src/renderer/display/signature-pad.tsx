/**
 * Where the shopper signs, with a finger, a pen or a mouse. What is drawn is kept as points of a small grid, as far apart as they must be to show the line;
 * whoever cannot draw has a key that says the same.
 */
import { SIGNATURE_MAX, signatureText, type SignaturePoint, type SignatureStroke } from '@holdfast/domain';
import { type PointerEvent, type ReactElement, useState } from 'react';

import { SignatureDrawing } from './signature-drawing.tsx';

import classes from './display.module.css';

/** Nearer points show no more of a line. */
const LEAST_STEP = 3;

const clamp = (value: number, most: number): number => Math.min(Math.max(Math.round(value), 0), most - 1);

/** Where on the grid a finger is that stands so in a box of the page. */
export const pointAt = (
  at: { readonly clientX: number; readonly clientY: number },
  box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): SignaturePoint => ({
  x: clamp(((at.clientX - box.left) / box.width) * SIGNATURE_MAX.width, SIGNATURE_MAX.width),
  y: clamp(((at.clientY - box.top) / box.height) * SIGNATURE_MAX.height, SIGNATURE_MAX.height),
});

/** With the point that the pen came to; as they were where that shows no more, or where there is no room for more. */
export function drawnTo(strokes: readonly SignatureStroke[], point: SignaturePoint): readonly SignatureStroke[] {
  const stroke = strokes.at(-1);
  const last = stroke?.at(-1);
  if (stroke === undefined || last === undefined) return strokes;
  if (Math.abs(point.x - last.x) + Math.abs(point.y - last.y) < LEAST_STEP) return strokes;
  const longer = [...strokes.slice(0, -1), [...stroke, point]];
  return signatureText(longer).length <= 2 * SIGNATURE_MAX.bytes ? longer : strokes;
}

export interface SignaturePadProps {
  readonly label: string;
  readonly strokes: readonly SignatureStroke[];
  readonly onDraw: (draw: (before: readonly SignatureStroke[]) => readonly SignatureStroke[]) => void;
}

export const SignaturePad = ({ label, strokes, onDraw }: SignaturePadProps): ReactElement => {
  const [isDown, setDown] = useState(false);
  const pointOf = (event: PointerEvent<HTMLDivElement>): SignaturePoint => pointAt(event, event.currentTarget.getBoundingClientRect());
  return (
    <div
      className={classes['pad']}
      role="img"
      aria-label={label}
      dir="ltr"
      data-testid="signature-pad"
      onPointerDown={(event) => {
        const point = pointOf(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        setDown(true);
        onDraw((before) => (before.length < SIGNATURE_MAX.strokes ? [...before, [point]] : before));
      }}
      onPointerMove={(event) => {
        const point = pointOf(event);
        if (isDown) onDraw((before) => drawnTo(before, point));
      }}
      onPointerUp={() => setDown(false)}
      onPointerCancel={() => setDown(false)}
    >
      <SignatureDrawing strokes={strokes} />
    </div>
  );
};
