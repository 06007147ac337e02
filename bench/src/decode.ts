/**
 * A scan's text to what it is: the domain's decoding, no catalogue and no disk, over each kind of code that a counter sees. Beside the least that
 * any decoder does: one look at each character.
 */
import { parseOwnCodes, parseScan } from '@holdfast/domain';

import { countsOf } from './plan.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const GS = '\u001D';

const SCANS: Readonly<Record<string, string>> = {
  'EAN-13': ']E04006381333931',
  'EAN-8': ']E496385074',
  'UPC-A': '036000291452',
  'ITF-14': ']I114006381333938',
  'in-store weight': '2912345008420',
  'GS1-128 with weight, expiry, batch and serial': `]C1010400638133393131030008421726123110LOT-7${GS}21SERIAL0001`,
  'GS1 DataBar with price and expiry': `]e0010950600013435239221683${GS}15261231`,
  'GS1 Digital Link': 'https://id.example.org/shop/01/09506000134352/10/LOT-7/21/SERIAL0001?17=261231&3103=000842',
  'own receipt': 'R-1-abcd-000001',
  'text that is no code of GS1': 'HELLO WORLD 12',
};

const OWN_CODES = 'receipt R-\nvoucher GV\nbadge B\nloyalty 29999';
const WARM_UP = 20_000;

export const decode: Bench = ({ quick }) => {
  const own = parseOwnCodes(OWN_CODES);
  if (!own.ok) throw new Error(`the own codes are ${own.error.expected}`);
  const rules = { ownCodes: own.value };
  const { runs } = countsOf('decode', quick);
  const all: number[] = [];
  const figures = Object.entries(SCANS).map(([name, scan]) => {
    const read = parseScan(scan, rules);
    if (!read.ok) throw new Error(`${name} is refused: ${JSON.stringify(read.error)}`);
    const times = timesOf(runs, () => parseScan(scan, rules).ok);
    all.push(...times);
    return figure(`${name}, median`, median(times), 'µs');
  });
  const texts = Object.values(SCANS);
  const looks = timesOf(runs, (n) => lookAt(texts[n % texts.length]!) >= 0);
  return Promise.resolve({
    name: 'decode',
    against: 'one look at each character of the same scans',
    setting: `${texts.length} kinds of code, each decoded ${runs.toLocaleString('en')} times after ${WARM_UP.toLocaleString('en')} to warm up, each timed by itself`,
    figures: [
      ...figures,
      figure('all of them, median', median(all), 'µs'),
      figure('one look at each character, median', median(looks), 'µs'),
    ],
    targets: [atMost('all of them, p99', percentile(all, 0.99), 20, 'µs')],
  });
};

/** In microseconds. What `run` answers is looked at, so that no run can be left out. */
function timesOf(runs: number, run: (n: number) => boolean): readonly number[] {
  for (let n = 0; n < WARM_UP; n++) run(n);
  const times: number[] = [];
  for (let n = 0; n < runs; n++) {
    const start = performance.now();
    const isRead = run(n);
    times.push((performance.now() - start) * 1_000);
    if (!isRead) throw new Error('what was read before is refused now');
  }
  return times;
}

function lookAt(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) % 1_000_003;
  return sum;
}
