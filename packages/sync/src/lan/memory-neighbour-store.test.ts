import { describeNeighbourStore } from '../testing/neighbour-store-contract.ts';
import { createMemoryNeighbourStore } from './memory-neighbour-store.ts';

describeNeighbourStore('memory', (folds) => {
  const store = createMemoryNeighbourStore(folds);
  return { store: () => store, reopen: () => {} };
});
