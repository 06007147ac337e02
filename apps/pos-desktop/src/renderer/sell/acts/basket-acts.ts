/** The basket as a whole: set aside and taken up again, and the rows that ask about it. */
import type { LineView } from '../../../shared/till-contract.ts';
import { isAsking } from '../asking.ts';
import type { SellCore } from '../sell-core.ts';
import { isQuestion, type Notice } from '../sell-state.ts';
import type { GoodsActs } from './goods-acts.ts';
import { togglePanel } from './panel-acts.ts';

export interface BasketActs {
  /** Sets the basket aside; an empty one gives its key to those that are. */
  readonly suspend: () => void;
  readonly resume: (basketId: string) => void;
  /** The newest row that waits for a yes or no: one of the window's, or of the till's. */
  readonly asking: () => { readonly notice?: Notice; readonly row?: LineView };
  /** Yes to what a row asks: a quantity above the limit, or a notice's question. */
  readonly answerYes: (rowId: string | number) => void;
  readonly hasRedRows: () => boolean;
  /** One thing at a time, the nearest first: a question, a panel, what is typed, the chosen line, the red rows. */
  readonly clear: () => void;
  readonly voidSale: () => void;
}

export const createBasketActs = (core: SellCore, { sell, sellRow, forgetRows }: GoodsActs): BasketActs => {
  const { client, state, set, ask, settled, command, notify, refuse, dismiss } = core;

  const hasRefused = (): boolean => client.view().lines.some((line) => line.kind === 'refused');

  /** Keys of the panel that ask nothing of their own give the number pad its place back. */
  const leaveMore = (): void => {
    if (state().panel === 'more') set({ panel: 'items' });
  };

  /** The sale is on the screen before the answer comes: whoever has pressed another key since keeps what it opened. */
  const leaveSuspended = (): void => {
    if (state().panel === 'suspended') set({ panel: 'items' });
  };

  const answerNotice = (noticeId: number): void => {
    const notice = state().notices.find((other) => other.id === noticeId);
    dismiss(noticeId);
    if (notice?.type === 'askVoidSale') command({ type: 'voidSale' });
    if (notice?.type === 'askTakeover') command({ type: 'resume', basketId: notice.basketId, alone: true }, leaveSuspended);
    if (notice?.type === 'askQuantity') sell({ ...notice.body, confirmed: true }, '');
    if (notice?.type === 'askVouch') sell({ ...notice.body, vouched: [...(notice.body.vouched ?? []), notice.vouched] }, '');
  };

  const clear = (): void => {
    const { notices, entry, weighing, panel, lettersShown, chosenReceipt, selectedLineId } = state();
    const asking = notices.findLast(isQuestion);
    if (asking !== undefined) dismiss(asking.id);
    else if (entry !== '' || weighing !== undefined) {
      set({
        entry: '',
        weighing: undefined,
        results: [],
        resultsOf: '',
        ...(panel === 'search' && !lettersShown ? { panel: 'items' } : {}),
      });
    } else if (panel === 'receipts' && chosenReceipt !== undefined) set({ chosenReceipt: undefined });
    else if (panel !== 'items') set({ panel: 'items', lettersShown: false, task: undefined, tendering: undefined });
    else if (selectedLineId !== undefined) set({ selectedLineId: undefined });
    else {
      set({ notices: [], unverifiedReceipt: undefined });
      forgetRows();
      if (hasRefused()) command({ type: 'clearRefused' });
    }
  };

  const suspend = (): void => {
    if (client.view().lines.length === 0) {
      togglePanel(core, 'suspended');
      return;
    }
    const { panel } = state();
    // The basket is gone before the answer comes: whoever has pressed the next key by then looks at what it opened.
    command({ type: 'suspend' }, () =>
      set({ entry: '', selectedLineId: undefined, ...(state().panel === panel && { panel: 'items' as const }) }),
    );
  };

  return {
    suspend: () => settled(suspend),
    resume: (basketId) => {
      void ask({ type: 'resume', basketId }, (reply) => {
        if (reply.ok) leaveSuspended();
        else if (reply.refusal.type === 'basketElsewhere') notify({ type: 'askTakeover', basketId, refusal: reply.refusal });
        else refuse({ type: 'refusal', refusal: reply.refusal, subject: '' });
      });
    },
    asking: () => {
      const notice = state().notices.findLast(isQuestion);
      const row = client.view().lines.findLast((line) => line.kind === 'refused' && isAsking(line.refusal));
      return { ...(notice !== undefined && { notice }), ...(row !== undefined && { row }) };
    },
    answerYes: (rowId) => (typeof rowId === 'number' ? answerNotice(rowId) : sellRow(rowId)),
    hasRedRows: () => state().notices.length > 0 || hasRefused(),
    clear,
    voidSale: () => {
      leaveMore();
      if (client.view().lines.length > 0) notify({ type: 'askVoidSale' });
    },
  };
};
