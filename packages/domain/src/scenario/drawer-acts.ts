/** What is done with the drawer, the safe and the shift, as acts. */
import { ok, type Result } from '@holdfast/base';

import type { SafeAct } from '../shift/safe.ts';
import type { CashAct, Denomination } from '../shift/shift.ts';
import { type Act, type ActText, type ActWord, NO_REASON } from './act-text.ts';
import { readAmount } from './cells.ts';
import { closeShift, moveCash, moveSafe, openDrawer, openShift, type MovementText } from './drawer.ts';
import { mistake, type Mistake, quoted } from './mistake.ts';

/** `100.00`, or face by face: `10 x 5.00, 3 x 0.50`. */
function readCounted({ body, shop }: ActText, usage: string): Result<readonly Denomination[], Mistake> {
  const denominations: Denomination[] = [];
  for (const part of body.split(', ')) {
    const [, times, face = part] = /^(\d{1,12}) x (\S+)$/.exec(part) ?? [];
    const amountMinor = readAmount(face, shop.minorDigits);
    if (!amountMinor.ok) return mistake(`${quoted(part)} is no count: write "${usage}", or notes and coins, "3 x 20.00, 5 x 0.50".`);
    // A sum that nobody took apart is so many of the smallest.
    denominations.push(
      times === undefined ? { faceMinor: 1, count: amountMinor.value } : { faceMinor: amountMinor.value, count: Number(times) },
    );
  }
  return ok(denominations);
}

function readMovement({ body, detail, shop }: ActText): Result<MovementText, Mistake> {
  const amountMinor = readAmount(body, shop.minorDigits);
  if (!amountMinor.ok) return amountMinor;
  if (amountMinor.value < 0) return mistake(`The act says which way the money goes: ${quoted(body)} must not be below 0.`);
  return ok({ amountMinor: amountMinor.value, reason: detail('because'), reference: detail('reference'), by: detail('by') });
}

const cash = (usage: string, act: Exclude<CashAct, 'float'>): ActWord => ({
  usage,
  details: ['because', 'by'],
  read: (text) => {
    const movement = readMovement(text);
    return movement.ok ? ok((lane) => moveCash(lane, act, movement.value)) : movement;
  },
});

const safe = (usage: string, act: SafeAct): ActWord => ({
  usage,
  details: ['reference', 'by'],
  read: (text) => {
    const movement = readMovement(text);
    return movement.ok ? ok((lane) => moveSafe(lane, act, movement.value)) : movement;
  },
});

export const DRAWER_ACTS: Readonly<Record<string, ActWord>> = {
  'open shift': {
    usage: 'open shift 100.00',
    details: [],
    isList: true,
    read: (text) => {
      const counted = readCounted(text, 'open shift 100.00');
      return counted.ok ? ok((lane) => openShift(lane, counted.value)) : counted;
    },
  },
  'close shift': {
    usage: 'close shift 97.50, because a coin rolled away',
    details: ['because', 'for', 'by'],
    isList: true,
    read: (text) => {
      const counted = readCounted(text, 'close shift 97.50');
      const count = { reason: text.detail('because'), of: text.detail('for'), by: text.detail('by') };
      return counted.ok ? ok((lane) => closeShift(lane, { denominations: counted.value, ...count })) : counted;
    },
  },
  'paid in': cash('paid in 5.00, because change from the bakery', 'paidIn'),
  'paid out': cash('paid out 2.50, because stamps, by sam', 'paidOut'),
  drop: cash('drop 300.00', 'drop'),
  loan: cash('loan 50.00', 'loan'),
  'bank deposit': safe('bank deposit 900.00, reference BAG-17', 'bankDeposit'),
  'bank change': safe('bank change 100.00, reference B-2', 'bankChange'),
  'count safe': safe('count safe 450.00', 'count'),
  'open drawer': {
    usage: 'open drawer, because a note was changed',
    details: ['because'],
    read: ({ body, detail }) => {
      const reason = detail('because');
      if (body !== '') return mistake(`Nothing stands behind "open drawer" but its reason, not ${quoted(body)}.`);
      return reason === undefined ? NO_REASON : ok<Act>((lane) => openDrawer(lane, reason));
    },
  },
};
