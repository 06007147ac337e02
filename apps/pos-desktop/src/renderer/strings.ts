/**
 * Every word on the screen, in one catalogue per language. A refusal says what happened, what was kept, and what to do.
 * Another language is another object of the same type.
 */
import { unreachable } from '@holdfast/base';
import type { NotTakenReason, PriceReason } from '@holdfast/domain';
import type { Format } from '@holdfast/ui';

import type { LineView, Refusal, Status } from '../shared/till-contract.ts';
import type { KeyAction } from './keys.ts';
import { peopleStrings } from './people/people-strings.ts';

/** What happened, and below it what was kept and what to do. */
export interface Message {
  readonly title: string;
  readonly detail: string;
}

export interface RefusalContext {
  readonly format: Format;
  readonly currency: string;
  readonly minorDigits: number;
  /** The code or the name of the goods in question, as far as it is known. */
  readonly subject: string;
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' · ');

const numberOf = (refusal: Pick<Refusal, 'detail'>, key: string): number | undefined => {
  const value = refusal.detail[key];
  return typeof value === 'number' ? value : undefined;
};

const notCoveredMessage = ({ detail }: Pick<Refusal, 'detail'>, limit: string): Message => {
  const kept = join(limit === '' ? '' : `at most ${limit}`, 'the basket is kept', 'take the rest in another way');
  if (detail['reason'] === 'offlineLimit') {
    return { title: 'Not taken: the hub does not answer, and without it so much is not given', detail: kept };
  }
  if (detail['reason'] === 'frozen') {
    return {
      title: 'Not taken: this till must be looked at first',
      detail: 'The basket is kept. Take the amount in another way, and call for help.',
    };
  }
  return { title: 'Not taken: there is not so much on it', detail: kept };
};

const textOf = (refusal: Pick<Refusal, 'detail'>, key: string): string => {
  const value = refusal.detail[key];
  return typeof value === 'string' ? value : '';
};

/** What a code is that is not for goods. */
const NOT_GOODS: Readonly<Record<string, string>> = {
  receipt: 'a receipt',
  voucher: 'a voucher',
  badge: 'a staff badge',
  loyalty: 'a loyalty card',
};

const refusalMessage = (refusal: { type: Refusal['type'] | 'noAnswer'; detail: Refusal['detail'] }, context: RefusalContext): Message => {
  const { format, minorDigits, subject } = context;
  const clear = 'clear with C';
  const text = (key: string): string => textOf(refusal, key);
  const money = (key: string): string => {
    const minor = numberOf(refusal, key);
    return minor === undefined ? '' : format.money(minor, minorDigits);
  };
  const count = (key: string): string => {
    const value = numberOf(refusal, key);
    return value === undefined ? '' : format.count(value);
  };
  const approvers = typeof refusal.detail['approvers'] === 'string' ? refusal.detail['approvers'] : '';
  switch (refusal.type) {
    case 'unknownCode':
      return { title: 'Not sold: nothing has this code', detail: join(subject, 'keep it at the till, or find it with F7', clear) };
    case 'badCheckDigit':
      return { title: 'Not sold: the code was misread', detail: join(subject, 'its check digit is wrong', 'scan it again', clear) };
    case 'malformedCode':
      return { title: 'Not sold: this is not a code for goods', detail: join(subject, 'scan the barcode on the goods', clear) };
    case 'notGoods':
      return { title: `Not sold: this is ${NOT_GOODS[text('kind')] ?? 'a coupon'}`, detail: join(subject, 'nothing was added', clear) };
    case 'goodsExpired':
      return { title: 'Not sold: its use-by date is past', detail: join(subject, `use by ${text('useBy')}`, 'keep it at the till', clear) };
    case 'goodsExpiryUnsure':
      return {
        title: `Not sold yet: is its use-by date past? ${text('useBy')}`,
        detail: join(subject, 'this till does not know today’s date for sure', 'press Y if it may be sold'),
      };
    case 'goodsRecalled':
      return { title: 'Not sold: it was called back', detail: join(subject, text('reason'), 'keep it at the till', clear) };
    case 'noPrice':
      return { title: 'Not sold: it has no price', detail: join(subject, 'keep it at the till, ask its price', clear) };
    case 'notForSale':
      return { title: 'Not sold: it may not be sold now', detail: join(subject, 'keep it at the till', clear) };
    case 'negativePrice':
      return { title: 'Not sold: its price is below zero', detail: join(subject, 'nothing was changed', clear) };
    case 'quantityZero':
      return { title: 'Nothing changed: the quantity is 0', detail: join(subject, 'to take a line out, press Del', clear) };
    case 'quantityAboveLimit':
      return { title: `Not sold yet: more than ${count('limit')} of one item`, detail: join(subject, 'press Y if that is right', clear) };
    case 'quantityOutOfRange':
      return { title: 'Not sold: that is more than a line can hold', detail: join(subject, 'type a smaller quantity', clear) };
    case 'weightNeeded':
      return { title: 'Not sold yet: it is sold by weight', detail: join(subject, 'type the weight and ×, then the item again', clear) };
    case 'unitMismatch':
      return { title: 'Not sold: it is sold by the piece', detail: join(subject, 'type a whole number', clear) };
    case 'unknownTaxClass':
      return {
        title: 'Not sold: its tax is not known here',
        detail: join(subject, 'keep it at the till; headquarters must set it', clear),
      };
    case 'badTare':
      return {
        title: refusal.detail['reason'] === 'tooLarge' ? 'Not sold: the tare leaves nothing' : 'Not sold: that is no tare',
        detail: join(subject, 'weigh it again, with its package', clear),
      };
    case 'badPriceVerifier':
      return { title: 'Not sold: the price in the code was misread', detail: join(subject, 'scan it again, or print a new label', clear) };
    case 'labelFixed':
      return { title: 'Nothing changed: its label says how much it is', detail: join(subject, 'void the line and scan the right label') };
    case 'depositUnusable':
      return {
        title: 'Not sold: its deposit is not set up',
        detail: join(subject, 'keep it at the till; headquarters must set it', clear),
      };
    case 'depositFollows':
      return { title: 'Nothing changed: a deposit follows its goods', detail: 'Change or void the line above it.' };
    case 'outsideSaleHours':
      return { title: 'Not sold: it may not be sold at this hour', detail: join(subject, textOf(refusal, 'hours'), clear) };
    case 'saleHoursUnsure':
      return {
        title: 'Not sold yet: this till’s clock may be wrong',
        detail: join(subject, `may be sold ${textOf(refusal, 'hours')}`, 'look at a watch: Y if that is now', clear),
      };
    case 'maximumPerSale':
      return { title: `Not sold: at most ${count('limit')} in one sale`, detail: join(subject, 'keep the rest at the till', clear) };
    case 'cashierTooYoung':
      return {
        title: `Not sold: only by a cashier of ${count('minimumCashierAgeYears')} or more`,
        detail: join(subject, 'call a colleague', clear),
      };
    case 'cashierAgeUnknown':
      return {
        title: `Not sold yet: are you ${count('minimumCashierAgeYears')} or older?`,
        detail: join(subject, 'Y if you are', 'else call a colleague', clear),
      };
    case 'noSuchLine':
      return { title: 'Nothing changed: that line is gone', detail: 'The basket is as you see it.' };
    case 'noSuchBasket':
      return { title: 'Nothing changed: that basket is no longer suspended', detail: 'It may have been taken over on another lane.' };
    case 'basketElsewhere':
      return {
        title: 'Not taken over yet: the lane that set it aside does not answer',
        detail: join('if that lane goes on with it too, both sales stand', 'press Y to go on with it here', clear),
      };
    case 'basketEmpty':
      return { title: 'Nothing to do: the basket is empty', detail: 'Scan an item first.' };
    case 'basketOpen':
      return { title: 'Nothing changed: a sale is open', detail: 'Finish or suspend it first; its lines are kept.' };
    case 'refusedRowsOpen':
      return {
        title: 'Not paid yet: red rows are open',
        detail: 'These goods were not sold. Keep them at the till, clear the rows with C, then pay.',
      };
    case 'ageCheckOpen':
      return {
        title: 'Not paid yet: the age is not checked',
        detail: 'The basket is kept. Look at the shopper’s proof of age, then press F10.',
      };
    case 'tenderTooSmall':
      return {
        title: 'Not paid: that is less than what is due',
        detail: join(money('dueMinor'), 'the basket is kept', 'type the cash you were given'),
      };
    case 'refundMismatch':
      return { title: 'Not paid out: the amount must be what is owed', detail: join(money('dueMinor'), 'press F1') };
    case 'tenderAboveLimit':
      return {
        title: 'Not taken: that is more than may be paid so',
        detail: join(money('limitMinor'), 'the basket is kept', 'take that much, and the rest in another way'),
      };
    case 'notPayableInCoins':
      return {
        title: 'Not taken: no coins make that amount',
        detail: join(`the smallest coin is ${money('stepMinor')}`, 'the basket is kept', 'type another amount'),
      };
    case 'refundNotAllowed':
      return {
        title: 'Not paid out: nothing is paid out in this way',
        detail: 'The basket is kept. Press Pay out: it goes back as it was paid.',
      };
    case 'referenceNeeded':
      return { title: 'Not taken: whose is it?', detail: 'The basket is kept. Scan or type the number of the card or account.' };
    case 'worthNeeded':
      return { title: 'Not sold yet: for how much?', detail: join(subject, 'nothing was added', 'type the amount, then Enter') };
    case 'balanceUnknown':
      return {
        title: 'Not known: the hub does not answer',
        detail: 'Nothing was changed. What is on the card can be asked when it is back.',
      };
    case 'voucherAboveDue':
      return {
        title: 'Not paid: the vouchers are worth more than the goods',
        detail: 'The basket is kept. Add goods, or take a voucher out: none pays out.',
      };
    case 'notCovered':
      return notCoveredMessage(refusal, money('limitMinor'));
    case 'aboveCashOutLimit':
      return {
        title: 'Not paid out: too much is left on the card',
        detail: join(`only below ${money('limitMinor')}`, 'it can be spent on goods'),
      };
    case 'unknownCoupon':
      return { title: 'Not taken: nobody knows this coupon', detail: join(subject, 'the basket is kept') };
    case 'couponNotValid':
      return { title: 'Not taken: this coupon does not count today', detail: join(subject, 'the basket is kept') };
    case 'couponTwice':
      return { title: 'This coupon is in the basket already', detail: join(subject, 'it counts once') };
    case 'noSuchCoupon':
      return { title: 'Nothing changed: that coupon is gone', detail: 'The coupons are as you see them.' };
    case 'noSuchTender':
      return { title: 'Nothing changed: that payment is gone', detail: 'The payments are as you see them.' };
    case 'returnAlone':
      return {
        title: 'Not yet: some of these goods were paid for by a card that goes back alone',
        detail: join(money('amountMinor'), 'take the goods back first, and sell the others in a sale of their own'),
      };
    case 'tendersOpen':
      return { title: 'Nothing changed: part of the sale is paid', detail: 'Take the rest, or give the payments back first.' };
    case 'discountTooLarge':
      return { title: 'Not taken off: that is more than is left', detail: join(money('limitMinor'), 'take off that much at most') };
    case 'notDiscountable':
      return { title: 'Not taken off: nothing here can be reduced', detail: 'The basket is kept. Goods that come back are not reduced.' };
    case 'noSuchDiscount':
      return { title: 'Nothing changed: that reduction is gone', detail: 'The basket is as you see it.' };
    case 'badCertificate':
      return { title: 'Not exempt: that is no certificate number', detail: 'Type its letters and digits, at most 64.' };
    case 'approvalNeeded':
      return { title: 'Not done: somebody else must approve it', detail: join(approvers, 'the basket is kept', 'call one of them') };
    case 'notAllowed':
      return { title: 'Not done: nobody may do that at this store', detail: 'The basket is kept. Headquarters can allow it.' };
    case 'amountOutOfRange':
      return { title: 'Not done: the amount is too large', detail: 'The basket is kept. Type a smaller amount.' };
    case 'noCatalogue':
      return {
        title: 'Not sold: this till has no catalogue yet',
        detail: join(subject, 'it comes by itself as soon as the hub answers', clear),
      };
    case 'noSuchReceipt':
      return {
        title: 'There is no such receipt on this till',
        detail: join(subject, 'scan the goods now: they come back unverified, at today’s price'),
      };
    case 'returnAboveSold':
      return {
        title: 'Not returned: that is more than is left of this line',
        detail: join(subject, 'the basket is kept', 'return less of it'),
      };
    case 'notReturnable':
      return {
        title: 'Not returned: these goods do not come back',
        detail: join(subject, 'the basket is kept', 'if they are defective, say so'),
      };
    case 'returnTooLate':
      return {
        title: 'Not returned: too late',
        detail: join(subject, `they may come back within ${refusal.detail['days']} days`, 'if they are defective, say so'),
      };
    case 'returnElsewhere':
      return refusal.detail['because'] === 'held'
        ? {
            title: 'Not returned: another till is returning from this receipt',
            detail: join(subject, 'the basket is kept', 'finish it there, or try again later'),
          }
        : { title: 'Not returned: this receipt cannot be settled here', detail: join(subject, 'the basket is kept') };
    case 'returnFixed':
      return { title: 'Not changed: what comes back keeps its receipt’s price', detail: 'Take the line off, or return it again.' };
    case 'returnWithoutReceipt':
      return {
        title: refusal.detail['because'] === 'approval' ? 'Not returned: somebody must allow it' : 'Not returned: only with its receipt',
        detail: join(subject, 'the basket is kept'),
      };
    case 'returnAboveCap':
      return {
        title: 'Not returned: too much for a receipt that nobody could look up',
        detail: join(`at most ${money('limitMinor')}`, 'the basket is kept', 'try again when the hub answers'),
      };
    case 'postVoidTooLate':
      return { title: 'Not voided: it is too late for that', detail: join(subject, 'return its goods instead') };
    case 'alreadyReturned':
      return { title: 'Not voided: some of it came back already', detail: join(subject, 'return the rest of it instead') };
    case 'tenderNotReversed':
      return { title: 'Not voided yet: the card comes first', detail: join(subject, 'give it back at the terminal, then try again') };
    case 'approverIsOperator':
      return { title: 'Not approved: it takes somebody else', detail: 'Nobody approves what they themselves are about to do.' };
    case 'signOnNeeded':
      return { title: 'Not done: nobody is signed on', detail: 'Sign on, then do it again. The basket is kept.' };
    case 'wrongPasscode':
      return { title: 'That was not right', detail: 'Nothing was changed. Try again.' };
    case 'passcodeMissing':
      return refusal.detail['missing'] === 'badge'
        ? { title: 'Now show the badge', detail: 'This store asks for both.' }
        : { title: 'Now type the PIN', detail: 'This store asks for both.' };
    case 'passcodeWaits':
      return {
        title: 'Too many wrong attempts',
        detail: `Wait ${String(refusal.detail['waitS'] ?? '')} seconds, then try again. Selling by who is signed on goes on.`,
      };
    case 'passcodeDead':
      return { title: 'This PIN does not work here any more', detail: 'Too many wrong attempts. Headquarters gives out a new one.' };
    case 'passcodesUnknown':
      return { title: 'This lane cannot check PINs yet', detail: 'It needs its hub once for that. Connect it, and try again.' };
    case 'rightsOver':
      return {
        title: 'Not done: this lane has heard nothing of its hub for too long',
        detail: 'Cash sales go on. For this, connect it, or open the envelope with the manager’s code.',
      };
    case 'diskFull':
      return { title: 'Not done: the till’s disk is full', detail: 'Nothing was lost. Call for help before you sell on.' };
    case 'badRequest':
      return { title: 'Not done: the till did not understand', detail: join(subject, 'nothing was changed', 'try again') };
    case 'internal':
      return { title: 'Not done: something went wrong in the till', detail: join(subject, 'the basket is kept', 'try again') };
    case 'noAnswer':
      return { title: 'The till has not answered', detail: join(subject, 'look at the basket when it is back, then go on') };
    default:
      return unreachable(refusal.type, 'refusalMessage');
  }
};

const DEVICE_NAMES: Readonly<Record<string, string>> = {
  printer: 'Printer',
  scanner: 'Scanner',
  scale: 'Scale',
  drawer: 'Drawer',
  terminal: 'Terminal',
};

const hubText = (status: Status, format: Format): string => {
  const sales = status.waitingSales === 1 ? '1 sale' : `${format.count(status.waitingSales)} sales`;
  const waiting = status.waitingSales === 0 ? '' : `${sales} waiting`;
  switch (status.hub) {
    case 'connected':
      return status.waitingSales === 0 ? 'Hub: in step' : `Hub: sending ${sales}`;
    case 'offline':
      return join(
        `Hub: selling offline${status.offlineSinceMs === undefined ? '' : ` since ${format.time(status.offlineSinceMs, status.timeZone)}`}`,
        waiting,
      );
    case 'connecting':
      return join('Hub: connecting', waiting);
    case 'notEnrolled':
      return join('Hub: not enrolled yet', waiting);
    default:
      return unreachable(status.hub, 'hubText');
  }
};

const keyNames: Readonly<Record<KeyAction, string>> = {
  exact: 'Exact cash',
  suggested1: 'First suggested note',
  suggested2: 'Second suggested note',
  pay: 'Pay with the cash typed',
  tenders: 'Card, voucher and others: for the amount typed, or all of it',
  suspend: 'Suspend the sale; on an empty basket, take one back',
  return: 'Return: the next item comes back',
  search: 'Search goods by name, brand or code',
  price: 'Another price for the line: type it, then press',
  discountLine: 'Take something off the line: type 10 or 1.50, then press',
  discountBasket: 'Take something off the whole sale',
  customer: 'Customer: attach by card or number, or take off',
  coupon: 'Coupon by its code, or give one back',
  exemption: 'Tax exempt, by certificate',
  balance: 'What is left on a gift card; pay out the rest',
  explain: 'Why the line costs what it costs',
  recall: 'Suspended sales',
  receipts: 'Last receipts: print again, return, undo',
  more: 'More keys',
  ageChecked: 'Age checked: the shopper is old enough',
  voidLine: 'Void the line',
  voidSale: 'Void the whole sale (asks)',
  clear: 'Clear what is typed, then the red rows',
  erase: 'Erase the last character',
  enter: 'Sell the code or PLU that is typed; behind ×, change the line',
  multiply: 'Quantity for the next item: 3 × scan, 0.842 × 4011; with tare, 0.512-0.012 × 4011',
  selectUp: 'Choose the line above',
  selectDown: 'Choose the line below',
  addOne: 'One more of the line',
  takeOne: 'One less of the line',
  previousDepartment: 'Department before',
  nextDepartment: 'Department after',
  yes: 'Yes, to what a row asks',
  keyMap: 'These keys',
};

export const english = {
  sale: 'Sale',
  lane: (lane: string) => `Lane ${lane}`,
  /** Some stores have only a number. */
  store: (store: string) => (/^\d+$/u.test(store) ? `Store ${store}` : store),
  lines: 'Lines of the sale',
  emptyTitle: 'Ready',
  emptyText: 'Scan an item, press a key, or type what you look for.',
  tillConnecting: 'Looking for the till',
  tillConnectingText: 'The window opens by itself as soon as the till answers.',
  items: (count: number, format: Format) => (count === 1 ? '1 item' : `${format.count(count)} items`),
  taxOf: (name: string, inclusive: boolean) => (inclusive ? `of which ${name}` : `plus ${name}`),
  taxes: 'taxes',
  save: 'You save',
  customer: (customerId: string, groups: readonly string[]) => (groups.length === 0 ? customerId : `${groups.join(', ')} · ${customerId}`),
  coupons: 'Coupons',
  couponUnused: 'not used yet',
  gift: (pieces: number, name: string, format: Format) => `Gift: ${format.count(pieces)} × ${name}, scan it`,
  total: 'Total',
  points: (count: string) => `${count} points`,
  toPayOut: 'To pay out',
  leftToPay: 'Left to pay',
  leftToPayOut: 'Left to pay out',
  payments: (count: number) => `${count} payments`,
  paid: 'Paid',
  paidOut: 'Paid out',
  change: 'Change',
  noChange: 'No change',
  cash: 'Cash',
  rounding: 'Rounding',
  receipt: 'Receipt',
  receiptLoading: 'The sale is saved.',
  entry: 'Entry',
  entryHint: 'scan, or number + PLU',
  entryHintWeighing: (name: string, unit: string) => `${name}: ${unit}, then Enter or PLU`,
  entryHintQuantity: 'scan it, or Enter for the chosen line',
  entryHintReturn: 'comes back: scan it',
  entryHintNumber: (cash: string) => (cash === '' ? 'PLU, × or Enter' : `PLU, ×, or ${cash} cash`),
  departments: 'Departments',
  itemKeys: 'Item keys',
  noItemKeys: 'No keys here yet',
  noItemKeysText: 'They come with the catalogue. Scanning and search work all the same.',
  keypad: 'Number pad',
  keys: {
    clear: 'C',
    clearLabel: 'Clear',
    erase: '⌫',
    eraseLabel: 'Erase',
    multiply: '×',
    multiplyLabel: 'Times',
    plu: 'PLU',
    enter: 'Enter',
    voidLine: 'Void line',
    suspend: 'Suspend',
    recall: 'Recall',
    return: 'Return',
    search: 'Search',
    more: 'More',
    exact: 'Exact',
    payOut: 'Pay out',
    pay: 'Pay',
    tenders: 'Card …',
    giveBack: 'Give back',
    back: 'Back',
    price: 'Price',
    discountLine: 'Line discount',
    discountBasket: 'Sale discount',
    customer: 'Customer',
    coupon: 'Coupon',
    exemption: 'Tax exempt',
    balance: 'Card balance',
    explain: 'Why this price',
    takeBack: 'Take back',
    ok: 'OK',
    voidSale: 'Void sale',
    keyMap: 'Keys',
    ageChecked: 'Age checked',
    yes: 'Yes',
    no: 'No',
    oneMore: 'One more',
    oneLess: 'One less',
    appearance: 'Appearance',
    printAgain: 'Print again',
    space: 'space',
    letters: 'Letters',
  },
  appearances: { system: 'as the machine', light: 'light', dark: 'dark', contrast: 'high contrast' },
  letterRows: ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'],
  searchTitle: 'Search',
  searchEmpty: 'Type a name, a brand or a code',
  searchNothing: (text: string) => `Nothing is called “${text}”`,
  searchNothingText: 'Try fewer letters, or the brand.',
  moreTitle: 'More keys',
  moreGroups: { sale: 'Sale', line: 'Line', till: 'Till' },
  keyMapTitle: 'Keys',
  returnTitle: (receiptNumber: string, time: string) => `Return: ${receiptNumber}, ${time}`,
  returnLeft: (quantity: string, money: string) => `${quantity} left, ${money}`,
  returnNothingLeft: 'nothing is left of it',
  returnComing: (quantity: string) => `${quantity} come back`,
  returnAll: 'Everything that is left',
  returnAllDone: 'Nothing more can come back',
  receiptsTitle: 'Last receipts',
  receiptsNone: 'This till has not sold anything yet',
  receiptTitle: (receiptNumber: string, time: string, total: string) => `${receiptNumber}, ${time}, ${total}`,
  receiptReturn: 'Take goods back',
  receiptUndo: 'Undo the whole sale',
  receiptUndone: 'undone',
  undoTitle: (receiptNumber: string, total: string) => `Undo ${receiptNumber}, ${total}?`,
  undoText: 'Its goods are back in stock and its money is given back, today and out of this drawer.',
  undoYes: 'Yes, undo it',
  cardFirstTitle: (name: string, amount: string) => `${name}: ${amount} go back first`,
  cardFirstText: 'Give it back at the terminal. The sale is undone after that.',
  cardGivenBack: 'It was given back, undo the sale',
  suspendedTitle: 'Suspended sales',
  suspendedElsewhere: 'Another lane',
  suspendedNone: 'No sale is suspended',
  suspendedNoneText: 'F5 puts the open sale aside and gives it back here.',
  /** Stand in the journal as they are chosen. */
  reasons: {
    price: ['Shelf shows another price', 'Damaged or short-dated', 'Price match', 'Manager’s decision'],
    discount: ['Damaged or short-dated', 'Complaint', 'Price match', 'Staff', 'Manager’s decision'],
  },
  /** What each function asks, and what is said to an answer that is none. */
  tasks: {
    customer: {
      title: 'Who buys?',
      hint: 'Scan the card, or type its number and press Enter.',
      attached: (who: string) => `Customer: ${who}`,
      wrong: (text: string) => ({
        title: `“${text}” is no card number`,
        detail: 'Nothing was changed. Letters and digits only, at most 64: scan the card.',
      }),
    },
    coupon: {
      title: 'Which coupon?',
      hint: 'Scan it, or type its code and press Enter.',
      wrong: (text: string) => ({ title: `“${text}” is no coupon`, detail: 'Nothing was changed. Scan it, or type its code again.' }),
    },
    exemption: {
      title: 'Tax exempt by which certificate?',
      hint: 'Type its number and press Enter. This sale is then not taxed.',
      takeBack: (certificate: string) => `Tax exempt: ${certificate}`,
      wrong: (text: string) => ({
        title: `“${text}” is no certificate number`,
        detail: 'Nothing was changed. Type its letters and digits.',
      }),
    },
    discount: {
      title: (subject: string) => `How much off: ${subject}?`,
      why: (off: string, subject: string) => `${off} off ${subject}: why?`,
      wholeSale: 'the whole sale',
      hint: 'Type it and press Enter: 10 % or 1.50.',
      wrong: (text: string) => ({
        title: `“${text}” is nothing to take off`,
        detail: 'Nothing was changed. Type a percentage or an amount above 0.',
      }),
    },
    price: {
      title: (name: string) => `New price: ${name}?`,
      why: (price: string, name: string) => `${price} for ${name}: why?`,
      hint: 'Type it and press Enter.',
      wrong: (text: string) => ({ title: `“${text}” is no price`, detail: 'The line is as it was. Type the new price again.' }),
    },
    balance: {
      title: (name: string) => (name === '' ? 'What is left on a card?' : `${name}: which one?`),
      hint: 'Scan it, or type its number and press Enter.',
      left: 'Left on it',
      cashOut: 'Pay it out in cash',
      paidOut: 'Paid out in cash',
      wrong: (text: string) => ({
        title: `“${text}” is no card number`,
        detail: 'Nothing was changed. Scan the card, or type its number again.',
      }),
    },
    goods: {
      reference: 'Which card or account is it for? Scan it, or type its number and press Enter.',
      worth: 'For how much? Type the amount and press Enter.',
      wrong: (text: string) => ({
        title: `“${text}” is not what was asked for`,
        detail: 'Nothing was sold. Type it again, or leave with Back.',
      }),
    },
  },
  /** What a price of the catalogue is. */
  priceTypes: {
    regular: 'regular price',
    promotional: 'offer',
    clearance: 'clearance',
    member: 'member’s price',
    quantityBreak: 'price for the quantity',
    label: 'price of the label',
    override: 'price changed',
  } as Readonly<Record<string, string>>,
  why: {
    title: (name: string) => `Why this price: ${name}`,
    approvedBy: (who: string) => `approved by ${who}`,
    changedSince: 'another price holds by now; this line keeps its own',
    coupon: (code: string) => `coupon ${code}`,
    thirdParty: 'paid by the maker',
    fromQuantity: (quantity: string) => `from ${quantity}`,
    forGroup: (group: string) => `for ${group}`,
    between: (from: string, to: string) => (from === '' ? `until ${to}` : to === '' ? `from ${from}` : `${from} to ${to}`),
    notTaken: 'Offers that took nothing',
    otherPrices: 'Prices that do not hold',
    notTakenBecause: {
      currency: () => 'it is in another currency',
      notNow: () => 'it does not run now',
      store: () => 'it does not run in this store',
      customerGroup: () => 'it is for other customers',
      coupon: () => 'its coupon was not handed over',
      tenderType: () => 'it is for another way to pay',
      limit: () => 'its limit is reached',
      budget: () => 'its budget is used up',
      notDiscountable: () => 'nothing is taken off this line',
      goesFirst: (by: string) => `${by} goes before it`,
      savesMore: (by: string) => `${by} saves more`,
      usedElsewhere: () => 'it was used for other lines',
      notReached: () => 'there is too little of it in the basket',
    } satisfies Readonly<Record<NotTakenReason, (by: string) => string>>,
    priceBecause: {
      otherCurrency: 'in another currency',
      otherScope: 'of another store',
      notYet: 'not yet',
      over: 'over',
      customer: 'for other customers',
      quantity: 'for another quantity',
      priority: 'of lower priority',
      type: 'a better kind of price holds',
      scope: 'the store has its own',
      break: 'a larger quantity has its own',
      start: 'a newer one holds',
      amount: 'a lower one holds',
    } satisfies Readonly<Record<PriceReason, string>>,
  },
  joined: join,
  tendersTitle: (amount: string) => `${amount}: how is it paid?`,
  tendersTitleRest: (amount: string) => `${amount} left: how is it paid?`,
  tendersNone: 'This store takes cash only',
  tendersNoneText: 'Headquarters publishes the other tenders.',
  excessTitle: (amount: string, name: string) => `${amount} more than is due by ${name}`,
  asTip: (amount: string) => `Tip ${amount}`,
  asCashBack: (amount: string) => `${amount} back in cash`,
  tipOf: (amount: string) => `tip ${amount}`,
  referenceTitle: (name: string) => `${name}: which one?`,
  referenceText: 'Scan it, or type its number and press Enter.',
  entryHintReference: 'its number, then Enter',
  entryHintAmount: 'how much, then Enter',
  cashNeeded: { title: 'No cash was typed', detail: 'Type the cash you were given, then Pay; or press Exact.' },
  notAnAmount: (text: string) => ({
    title: `“${text}” is not an amount`,
    detail: 'Nothing was changed. Clear it with C and type it again.',
  }),
  noLine: { title: 'There is no line to change', detail: 'Scan an item first.' },
  scanDuringTender: (code: string) => ({ title: 'Not sold: a payment was under way', detail: join(code, 'scan it again', 'clear with C') }),
  scanWithoutTill: (code: string) => ({
    title: 'Not sold: the till does not answer',
    detail: join(code, 'the basket is safe', 'scan it again when the till is back'),
  }),
  scanTorn: { title: 'Not sold: the scan broke off', detail: 'Nothing was changed. Scan it again. Clear with C.' },
  askVoidSale: (items: string, total: string) => ({ title: 'Void the whole sale?', detail: join(items, total, 'Y voids it, C keeps it') }),
  askQuantity: (quantity: string, limit: string) => ({
    title: `Really ${quantity}?`,
    detail: join(`more than ${limit} of one item`, 'Y sells them, C does not'),
  }),
  hub: hubText,
  setAside: (count: number) => (count === 1 ? '1 entry needs a person' : `${count} entries need a person`),
  catalogue: (done: string, total: string) => `Catalogue: ${done} of ${total} items`,
  tillLost: 'Till: not answering, trying again',
  devices: { ready: 'ready', warning: 'needs a look', down: 'not answering' },
  people: peopleStrings,
  cashier: (operator: string, shift: number) => join(/^\d+$/u.test(operator) ? `Cashier ${operator}` : operator, `shift ${shift}`),
  keyHint: '? keys',
  statusLine: 'State of the lane',
  /** A device that this window does not know yet is called what the till calls it. */
  deviceName: (device: string): string => DEVICE_NAMES[device] ?? device,
  refusal: refusalMessage,
  keyNames,
  /** What the second row of a line says. */
  lineNote: (line: LineView): string =>
    join(
      line.minimumAgeYears === undefined
        ? ''
        : line.ageChecked === true
          ? `${line.minimumAgeYears}+ · age checked`
          : `${line.minimumAgeYears}+ · age not checked`,
      line.priceType === 'override' ? `price changed: ${line.reason ?? ''}` : '',
      line.priceType === 'promotional' ? 'offer' : '',
      line.priceType === 'clearance' ? 'clearance' : '',
      line.priceType === 'member' ? 'member’s price' : '',
      line.priceType === 'quantityBreak' ? 'price for the quantity' : '',
      line.priceType === 'label' ? 'price of the label' : '',
      line.depositOf === undefined ? '' : 'deposit',
      line.tare === undefined ? '' : 'less tare',
      line.syntheticPrice === true ? 'made-up price' : '',
      line.quantity !== undefined && line.quantity.value < 0 ? 'comes back' : '',
    ),
};

export type Strings = typeof english;
