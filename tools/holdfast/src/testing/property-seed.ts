/**
 * Before each file of unit tests: what properties draw is the same in every run, so that its verdict depends on the tree alone (decision 0046). HOLDFAST_SEED
 * says another seed, such as one that a soak printed; a soak without one draws anew.
 */
import { configureGlobal, readConfigureGlobal } from 'fast-check';

const USUAL = 20_261_127;

type Said = Readonly<Partial<Record<'HOLDFAST_SEED' | 'HOLDFAST_SOAK', string>>>;

/** Nothing is said by an empty word. Absent: each property draws its own. Throws for what is no integer. */
export function propertySeed({ HOLDFAST_SEED: said = '', HOLDFAST_SOAK: soak }: Said): number | undefined {
  if (said === '') return soak === '1' ? undefined : USUAL;
  if (!/^-?\d{1,15}$/.test(said)) throw new Error(`HOLDFAST_SEED is an integer, not “${said}”`);
  return Number(said);
}

const seed = propertySeed(process.env);
if (seed !== undefined) configureGlobal({ ...readConfigureGlobal(), seed });
