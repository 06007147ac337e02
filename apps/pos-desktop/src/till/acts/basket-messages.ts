/** The open basket as windows hear of it. */
import { openBasket, openingOf } from '@holdfast/domain';

import type { BasketHead, TerminalView, TillMessage } from '../../shared/till-contract.ts';
import type { CatalogueView } from '../catalogue/catalogue.ts';
import { type HeadContext, headWithoutCatalogue, tenderNameOf, toHead } from '../views.ts';
import type { Done, Register } from './register.ts';

export class BasketMessages {
  readonly #register: Register;
  /** Of the open basket as windows know it; they ask for everything when they come, so it need not outlive the process. */
  #revision = 0;

  readonly #terminal: () => TerminalView | undefined;

  constructor(register: Register, terminal: () => TerminalView | undefined) {
    this.#register = register;
    this.#terminal = terminal;
  }

  /** Of the last message. */
  revision(): number {
    return this.#revision;
  }

  head(): BasketHead {
    const terminal = this.#terminal();
    return { ...this.#basketHead(), ...(terminal !== undefined && { terminal }) };
  }

  #basketHead(): BasketHead {
    const { basket, basketId } = this.#register.live;
    const view = this.#register.view();
    if (basket !== null) return toHead(basket, this.#register.completed, this.#headContext(view));
    const settings = view?.settings();
    if (settings?.ok !== true) return headWithoutCatalogue(basketId);
    return toHead(openBasket(openingOf(basketId, settings.value)), this.#register.completed, this.#headContext(view));
  }

  #headContext(view: CatalogueView | undefined): HeadContext {
    const settings = view?.settings();
    const isPromoted = view !== undefined && settings?.ok === true && view.promotions().tenderTypes.size > 0;
    return {
      nameOf: tenderNameOf(view),
      itemName: (sku) => view?.item(sku)?.name,
      ...(isPromoted && { promotions: this.#register.promotions(view, settings.value) }),
    };
  }

  basketMessage(rows: NonNullable<Done['rows']>): TillMessage {
    this.#revision += 1;
    const { reset, upserted, removedLineIds } = rows;
    return {
      type: 'basket',
      revision: this.#revision,
      reset,
      head: this.head(),
      upserted: [...upserted],
      removedLineIds: [...removedLineIds],
    };
  }
}
