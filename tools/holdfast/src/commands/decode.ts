import {
  applicationIdentifiers,
  gs1Date,
  missingPartners,
  parseOwnCodes,
  parseScan,
  type Element,
  type ScannedCode,
} from '@holdfast/domain';

import { EXIT, UsageError, type Command, type CommandInput } from '../command.ts';

export const command: Command = {
  name: 'decode',
  usage: 'DATA [--aim ]C1] [--own RULE …] [--json]',
  about: [
    'Reads one scan as a till would, without any catalogue: what it is, the keys that the catalogue would be asked for, and everything that a GS1',
    'symbol says. A scan that is refused ends with exit code 1 and its reason. In DATA, <GS> stands for the separator of element strings.',
  ].join('\n'),
  flags: {
    aim: { type: 'string', value: ']C1', about: 'The symbology identifier that the scanner would send before DATA (ISO/IEC 15424).' },
    own: {
      type: 'string',
      value: 'RULE',
      about: 'A code of the retailer’s own: "receipt R-", "voucher GV", "badge B", "loyalty 29".',
      multiple: true,
    },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    'pnpm holdfast decode 4006381333931',
    'pnpm holdfast decode --aim ]C1 "010400638133393110LOT7<GS>17261231"',
    'pnpm holdfast decode https://id.gs1.org/01/04006381333931/10/LOT7 --json',
  ],
  run: async (input) => decode(input, new Date().getFullYear()),
};

function decode({ positionals, text, texts, json, out, err }: CommandInput, thisYear: number): number {
  const aim = text('aim') ?? '';
  if (aim !== '' && !/^\][A-Za-z]\d$/.test(aim)) throw new UsageError(`--aim is a symbology identifier such as ]C1, not "${aim}".`);
  const own = parseOwnCodes(texts('own').join('\n'));
  if (!own.ok) throw new UsageError(`--own is one of ${own.error.expected}.`);
  const scanned = aim + (positionals[0] ?? '').replaceAll('<GS>', '\u001D');
  const code = parseScan(scanned, { ownCodes: own.value });
  if (!code.ok) {
    if (json) out(`${JSON.stringify({ type: 'refused', refusal: code.error })}\n`);
    else
      err(
        `Refused: ${[['type', code.error.type], ...Object.entries(code.error.detail)]
          .map(([key, value]) => `${key} ${value}`)
          .join(', ')}\n`,
      );
    return EXIT.failed;
  }
  const elements = (code.value.elements ?? []).map((element) => described(element, thisYear));
  const missing = missingPartners(code.value.elements ?? []);
  if (json) out(`${JSON.stringify({ ...code.value, ...(elements.length > 0 && { elements, missing }) })}\n`);
  else out(`${linesOf(code.value, elements, missing).join('\n')}\n`);
  return EXIT.done;
}

interface DescribedElement extends Element {
  readonly title: string;
  readonly date?: string;
}

/** With GS1's own title for it, and the date that six digits mean this year. */
function described({ ai, value }: Element, thisYear: number): DescribedElement {
  const row = applicationIdentifiers().get(ai);
  const isDate = row?.components[0]?.checks.some((name) => name === 'yymmd0' || name === 'yymmdd') === true;
  return { ai, value, title: row?.title ?? '', ...(isDate && { date: gs1Date(value.slice(0, 6), thisYear) }) };
}

function linesOf(code: ScannedCode, elements: readonly DescribedElement[], missing: ReturnType<typeof missingPartners>): readonly string[] {
  const { type, text, keys, unread = [], label = {}, own, coupon } = code;
  const { measure, price } = label;
  return [
    `${type}  ${text}`,
    ...keys.map((key) => `key     ${key}`),
    ...(own === undefined ? [] : [`own     ${own.kind} ${own.reference}`]),
    ...elements.map(
      ({ ai, value, title, date }) =>
        `(${ai})`.padEnd(8) + [value, title, date].filter((part) => part !== undefined && part !== '').join('  '),
    ),
    ...(measure === undefined ? [] : [`measure ${measure.value} ${measure.unit}`]),
    ...(price === undefined
      ? []
      : [
          `price   ${price.amount} with ${price.decimals} decimals${label.currencyNumber === undefined ? '' : `, currency ${label.currencyNumber}`}`,
        ]),
    ...(coupon === undefined ? [] : [`coupon  ${JSON.stringify(coupon.offer)}`]),
    ...unread.map((element) => `unread  ${element}`),
    ...missing.map(({ ai, needs }) => `note    (${ai}) is meant to stand beside one of ${needs.join(', ')}`),
  ];
}
