/** The other half of the simulator's scenarios: see `simulator.test.ts`. */
import { describeSeeds, SECOND_HALF } from './testing/seeds.ts';

describeSeeds(SECOND_HALF);
