/** What the open panel wants to know of the shopper, asked on their screen instead. The answer is taken as if the cashier had typed it; nothing waits for it. */
import type { ShopperQuestion } from '../../../shared/shopper-talk.ts';
import { tipOffers } from '../../shopper-desk.ts';
import type { SellCore } from '../sell-core.ts';
import type { SellActs } from './typing-acts.ts';

/** As the shopper's screen takes it. */
const MAX_NAME = 120;

/** Undefined: the panel asks nothing that the shopper could say. */
export function questionForShopper({ state, client }: Pick<SellCore, 'state' | 'client'>): ShopperQuestion | undefined {
  const { panel, task, tendering } = state();
  const dueMinor = client.view().head?.totals.dueMinor ?? 0;
  if (panel === 'tenders' && tendering?.step === 'type' && tendering.amount === undefined) {
    const offersMinor = tipOffers(dueMinor);
    return offersMinor.length === 0 ? undefined : { about: 'tip', dueMinor, offersMinor };
  }
  if (panel === 'tenders' && tendering?.step === 'signature') {
    const { type, body } = tendering;
    return { about: 'signature', tender: type.name.slice(0, MAX_NAME), amountMinor: body.amountMinor + (body.tipMinor ?? 0) };
  }
  if (panel !== 'task') return undefined;
  if (task?.name === 'customer' && task.found === undefined) return { about: 'loyalty' };
  if (task?.name !== 'newCustomer' || task.who === undefined || task.found === undefined) return undefined;
  return { about: 'consent', name: task.who, found: 'phone' in task.found ? task.found.phone : task.found.card };
}

const isSame = (left: ShopperQuestion | undefined, right: ShopperQuestion | undefined): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

export function askShopper(core: SellCore, { tasks, payments }: Pick<SellActs, 'tasks' | 'payments'>): void {
  const question = questionForShopper(core);
  if (question === undefined || !core.shopper.isThere()) {
    core.tone('error');
    return;
  }
  core.shopper.ask(question, (answer) => {
    switch (answer.type) {
      case 'text':
        tasks.answer(answer);
        break;
      case 'agreed':
        if (question.about === 'signature') payments.sign({ how: 'confirmed' });
        else tasks.answer({ type: 'word', word: { kind: 'consent' } });
        break;
      case 'signed':
        payments.sign({ how: 'drawn', strokes: answer.strokes });
        break;
      case 'tip':
        core.set({ tendering: { step: 'type', amount: undefined, tipMinor: answer.amountMinor } });
        core.tone('ok');
        break;
      case 'none':
        core.tone('ok');
        break;
    }
  });
}

/** Whoever goes on without an answer does not want it any more. */
export function dropWhenLeft(core: SellCore): void {
  const look = (): void => {
    const asked = core.shopper.asking();
    if (asked !== undefined && !isSame(asked, questionForShopper(core))) core.shopper.drop();
  };
  core.subscribe(look);
  core.client.subscribe(look);
}
