import { createMemoryNeighbourStore } from './memory-neighbour-store.ts';
import { describeNeighbourStore } from './testing/neighbour-store-contract.ts';

describeNeighbourStore('memory', (folds) => {
  const store = createMemoryNeighbourStore(folds);
  return { store: () => store, reopen: () => {} };
});
