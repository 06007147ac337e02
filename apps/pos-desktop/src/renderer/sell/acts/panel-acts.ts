/** What lies beside the basket: item keys by department, the search, and the panels, each with what it shows fetched as it opens. */
import type { SellCore } from '../sell-core.ts';
import type { Panel } from '../sell-state.ts';
import { listReceipts } from './receipt-acts.ts';

const SEARCH_LIMIT = 40;
/** As many as the till tells at once. */
const VARIANTS_LIMIT = 100;

/** Looks for what stands in the entry. */
export const search = ({ state, set, entry, ask }: SellCore): void => {
  const text = entry().body;
  if (text.trim() === '') {
    set({ results: [], resultsOf: '', resultIndex: 0, resultStyle: undefined });
    return;
  }
  void ask({ type: 'search', text, limit: SEARCH_LIMIT, byStyle: true }, (reply) => {
    // Answers may cross: only the one to what stands there now counts.
    if (!reply.ok || state().panel !== 'search' || entry().body !== text) return;
    set({ results: reply.value.tiles ?? [], resultsOf: text, resultIndex: 0, resultStyle: undefined });
  });
};

/** The variants of a style in place of what was found, until something else is typed or somebody goes back. */
export const openStyle = ({ state, set, entry, ask }: SellCore, style: string): void => {
  const text = entry().body;
  void ask({ type: 'search', text, limit: VARIANTS_LIMIT, style }, (reply) => {
    if (!reply.ok || state().panel !== 'search' || entry().body !== text) return;
    set({ results: reply.value.tiles ?? [], resultsOf: text, resultIndex: 0, resultStyle: style });
  });
};

/** The search, with letters to touch. */
export const openLetters = (core: SellCore): void => {
  core.set({ panel: 'search', lettersShown: true, task: undefined, tendering: undefined });
  search(core);
};

export const showPanel = (core: SellCore, panel: Panel): void => {
  const { state, set, entry, ask, list } = core;
  // Words are for the search: where it is left, they go.
  const leavesSearch = state().panel === 'search' && panel !== 'search' && entry().kind === 'words';
  set({
    panel,
    ...(leavesSearch ? { entry: '' } : {}),
    lettersShown: false,
    task: undefined,
    inquired: undefined,
    tendering: undefined,
    chosenReceipt: undefined,
  });
  if (panel === 'search') search(core);
  else set({ resultStyle: undefined });
  if (panel === 'receipts') {
    listReceipts(core);
    // Names of cards, where one stands in the way of undoing its sale.
    void ask({ type: 'tenderTypes' }, (reply) => {
      if (reply.ok) set({ tenderTypes: reply.value.tenderTypes ?? [] });
    });
  }
  if (panel === 'suspended') {
    list({ type: 'suspended' }, (value) => set({ suspended: value.suspended ?? [] }));
  }
};

export const togglePanel = (core: SellCore, panel: Panel): void => showPanel(core, core.state().panel === panel ? 'items' : panel);
