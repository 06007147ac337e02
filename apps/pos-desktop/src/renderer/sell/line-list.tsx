/**
 * The line area: the till's rows, then the window's own. Rows are drawn in blocks: a new line draws its own block only, and the
 * browser lays out only the full blocks in view, so that the 1,114th line costs what the first did. The last block is as tall as its rows are,
 * so that a new one changes nothing but itself.
 */
import { memo, type MouseEvent, type ReactElement, useLayoutEffect, useRef } from 'react';

import type { LineView } from '../../shared/till-contract.ts';
import { LineRow } from './line-row.tsx';
import { NoticeRow } from './notice-row.tsx';
import { useSell, useSellState, useStrings, useTill } from './sell-context.tsx';

import classes from './basket.module.css';

const BLOCK_ROWS = 16;
/** Of a block that is not laid out its rows cannot say it. */
const FULL_BLOCK = { blockSize: `calc(var(--row) * ${BLOCK_ROWS})` };

interface BlockProps {
  readonly lines: readonly LineView[];
  readonly currentLineId: string | undefined;
  readonly selectedLineId: string | undefined;
  readonly minorDigits: number;
}

const isSameBlock = (before: BlockProps, after: BlockProps): boolean =>
  before.currentLineId === after.currentLineId &&
  before.selectedLineId === after.selectedLineId &&
  before.minorDigits === after.minorDigits &&
  before.lines.length === after.lines.length &&
  before.lines.every((line, index) => line === after.lines[index]);

const Block = memo(
  ({ lines, currentLineId, selectedLineId, minorDigits }: BlockProps): ReactElement => (
    <div
      role="rowgroup"
      className={classes['block']}
      data-full={lines.length === BLOCK_ROWS || undefined}
      style={lines.length === BLOCK_ROWS ? FULL_BLOCK : undefined}
    >
      {lines.map((line) => (
        <LineRow
          key={line.lineId}
          line={line}
          isCurrent={line.lineId === currentLineId}
          isSelected={line.lineId === selectedLineId}
          minorDigits={minorDigits}
        />
      ))}
    </div>
  ),
  isSameBlock,
);
Block.displayName = 'Block';

/** Only the block that holds the row hears of it; the others stay as they are. */
const within = (lines: readonly LineView[], lineId: string | undefined): string | undefined =>
  lineId !== undefined && lines.some((line) => line.lineId === lineId) ? lineId : undefined;

export const LineList = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const lines = useTill((view) => view.lines);
  const currentLineId = useTill((view) => view.head?.currentLineId);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const selectedLineId = useSellState((state) => state.selectedLineId);
  const notices = useSellState((state) => state.notices);
  const area = useRef<HTMLDivElement>(null);

  // In the frame that paints the change, not in the one after: and not before the row stands, which must not wait for a layout. The end of
  // the list is where it begins, so that only who had scrolled away from there is brought back.
  useLayoutEffect(() => {
    const frame = window.requestAnimationFrame(() => {
      const list = area.current;
      if (list === null) return;
      const wanted = selectedLineId ?? currentLineId;
      if (selectedLineId === undefined && (notices.length > 0 || wanted === lines.at(-1)?.lineId)) list.scrollTop = 0;
      else if (wanted !== undefined) list.querySelector(`[data-line-id="${CSS.escape(wanted)}"]`)?.scrollIntoView({ block: 'nearest' });
    });
    return () => window.cancelAnimationFrame(frame);
  }, [lines, currentLineId, selectedLineId, notices]);

  const onClick = (event: MouseEvent<HTMLDivElement>): void => {
    if (!(event.target instanceof Element) || event.target.closest('button') !== null) return;
    const lineId = event.target.closest('[data-line-id]')?.getAttribute('data-line-id');
    if (typeof lineId === 'string') sell.selectLine(lineId);
  };

  const blocks: ReactElement[] = [];
  for (let start = 0; start < lines.length; start += BLOCK_ROWS) {
    const block = lines.slice(start, start + BLOCK_ROWS);
    blocks.push(
      <Block
        key={start}
        lines={block}
        currentLineId={within(block, currentLineId)}
        selectedLineId={within(block, selectedLineId)}
        minorDigits={minorDigits}
      />,
    );
  }
  return (
    <div ref={area} className={classes['lines']} role="grid" aria-label={strings.lines} tabIndex={0} onClick={onClick} data-testid="lines">
      <div role="none" className={classes['rows']}>
        {blocks}
        {notices.length === 0 ? null : (
          <div role="rowgroup">
            {notices.map((notice) => (
              <NoticeRow key={notice.id} notice={notice} />
            ))}
          </div>
        )}
      </div>
    </div>
  );
};
