/** The price of something that is not sold yet, and how the price of what is was made. */
import type { RequestBody } from '../../../shared/till-contract.ts';
import type { SellCore } from '../sell-core.ts';
import { showPanel } from './panel-acts.ts';

/** What the till would sell it for; nothing is sold. */
export const inquire = (
  { ask, tone, state, set, refuse }: SellCore,
  of: Extract<RequestBody, { type: 'inquire' }>['of'],
  subject: string,
): void => {
  set({ entry: '', inquired: undefined });
  void ask({ type: 'inquire', of }, (reply) => {
    const [inquired] = reply.ok ? (reply.value.tiles ?? []) : [];
    if (inquired === undefined) refuse({ type: 'refusal', refusal: reply.ok ? { type: 'noAnswer', detail: {} } : reply.refusal, subject });
    else {
      tone('ok');
      if (state().panel === 'inquiry') set({ inquired });
    }
  });
};

export const explain = (core: SellCore): void => {
  const { state, set, currentLine, refuse, command } = core;
  const line = currentLine();
  if (state().panel === 'explanation') showPanel(core, 'items');
  else if (line?.kind !== 'item') refuse({ type: 'noLine' });
  else {
    command({ type: 'explain', lineId: line.lineId }, ({ explanation }) => {
      if (explanation !== undefined) set({ panel: 'explanation', explanation });
    });
  }
};
