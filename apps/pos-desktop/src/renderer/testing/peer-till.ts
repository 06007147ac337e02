/**
 * A small peer of the till's contract, in memory: enough of a shop to drive the window's logic and to look at its screens. It keeps
 * the contract's order (what changed, then the reply) and its revisions; it decides nothing that the domain decides better.
 */
import { assert } from '@holdfast/base';

import type {
  BasketHead,
  ExplanationView,
  LineView,
  Refusal,
  ReplyValue,
  Request,
  RequestBody,
  Status,
  TenderTypeView,
  TerminalView,
  Tile,
  TillMessage,
} from '../../shared/till-contract.ts';

export interface PeerItem extends Tile {
  /** Its hours, which this till cannot tell. */
  readonly asksHours?: true;
  /** A gift card: it says whose it is, and for how much. */
  readonly isCard?: true;
  readonly department: string;
  /** It is a variant of it. */
  readonly style?: string;
  readonly minimumAgeYears?: number;
}

export interface PeerTill {
  handle(request: Request): readonly TillMessage[];
  setStatus(change: Partial<Status>): TillMessage;
  /** What its payment terminal is doing, as the till would say it. */
  setTerminal(view: TerminalView | undefined): TillMessage;
  /** Another price of an item in so many ms: it begins when the test says that they are over. */
  schedulePrice(sku: string, unitPrice: NonNullable<Tile['unitPrice']>, inMs: number): { readonly begin: () => void };
}

type Outcome = { readonly value: ReplyValue } | { readonly refusal: Refusal };

const STATUS: Status = {
  lane: '2',
  store: 'Marktplatz 7',
  operator: 'Cashier 12',
  shift: 3,
  businessDate: '2026-11-21',
  hub: 'connected',
  waitingEntries: 0,
  waitingSales: 0,
  setAside: 0,
  items: 300,
  catalogueAt: 1,
  devices: [
    { device: 'Printer', state: 'ready', detail: '' },
    { device: 'Scale', state: 'ready', detail: '' },
  ],
};

/** What the peer's shop takes besides cash. */
export const PEER_RECEIPT = '1-abcd-000009';

const PEER_CUSTOMERS = [
  { customerId: 'k-1', name: 'Erika Muster', store: '1', phoneEnd: '567' },
  { customerId: 'k-2', name: 'Erika Other', store: '2' },
];
export const PEER_SAM = { user: 'sam', name: 'Sam Fischer', pin: '1379', badge: 'BADGE-SAM' } as const;
export const PEER_KIM = { user: 'kim', name: 'Kim Doe', pin: '2580', badge: 'BADGE-KIM' } as const;
const PEER_PEOPLE = [PEER_KIM, PEER_SAM];

/** The last of them was paid by card: the terminal gives that back before it can be undone. */
export const PEER_RECEIPTS = [
  { receiptNumber: PEER_RECEIPT, atMs: 1_795_269_500_000, totalMinor: 1_234 },
  { receiptNumber: '2-8f3a-000001', atMs: 1_795_269_400_000, totalMinor: 5_254 },
] as const;

const PEER_TENDERS: readonly TenderTypeView[] = [
  { tenderType: 'card', name: 'Card', kind: 'card', takesTips: true, cashBackMaximumMinor: 20_000, asksReference: false },
  {
    tenderType: 'giftCard',
    name: 'Gift card',
    kind: 'giftCard',
    takesTips: false,
    cashBackMaximumMinor: 0,
    asksReference: true,
    account: 'giftCard',
  },
  { tenderType: 'voucher', name: 'Voucher', kind: 'voucher', takesTips: false, cashBackMaximumMinor: 0, asksReference: false },
];

/** So many of its departments sell what is not listed. */
const PEER_UNLISTED = 3;
/** What always lies on its scale. */
export const PEER_GRAMS = 842;

const QUANTITY_LIMIT = 999;
const VAT_BPS = 1_900;
const taxIn = (amountMinor: number): number => Math.round((amountMinor * VAT_BPS) / (10_000 + VAT_BPS));
/** Goods that want a whole number of cents from a price per 1,000 steps. */
const amountOf = (value: number, unit: Tile['unit'], price: number): number =>
  unit === 'piece' ? value * price : Math.sign(value) * Math.floor((Math.abs(value) * price + 500) / 1_000);

/** `cashStepMinor`: the smallest coin; cash is rounded to it half up. */
export const createPeerTill = (assortment: readonly PeerItem[], cashStepMinor = 1): PeerTill => {
  let items = assortment;
  let scheduled: { readonly sku: string; readonly inMs: number } | undefined;
  let status = STATUS;
  let revision = 0;
  let nextId = 1;
  let basketId = 'b1';
  let lines: LineView[] = [];
  let current: string | undefined;
  let completed: BasketHead['completed'];
  let receipts = 480;
  let tenders: NonNullable<BasketHead['tenders']> = [];
  let terminal: TerminalView | undefined;
  let stands: Partial<Pick<BasketHead, 'customer' | 'exemption' | 'manualDiscounts' | 'service' | 'receiptLanguage'>> = {};
  const undone = new Set<string>();
  const reversed = new Set<string>();
  /** Actions that somebody else has allowed, each for once. */
  const leaves = new Set<string>();
  const suspended: { basketId: string; atMs: number; lines: LineView[] }[] = [];

  const totalOf = (rows: readonly LineView[]): number => rows.reduce((sum, line) => sum + (line.amountMinor ?? 0), 0);
  const countOf = (rows: readonly LineView[]): number =>
    rows.reduce((sum, { quantity }) => sum + (quantity === undefined ? 0 : quantity.unit === 'piece' ? quantity.value : 1), 0);

  const takenMinor = (): number => tenders.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

  const head = (): BasketHead => {
    const totalMinor = totalOf(lines);
    const dueMinor = totalMinor - takenMinor();
    const taxMinor = taxIn(totalMinor);
    const cashDueMinor = Math.round(dueMinor / cashStepMinor) * cashStepMinor;
    const notes = [500, 1_000, 2_000, 5_000, 10_000].map((note) => Math.ceil(dueMinor / note) * note).filter((note) => note > dueMinor);
    return {
      basketId,
      currency: 'EUR',
      minorDigits: 2,
      totals: {
        itemCount: countOf(lines),
        subtotalMinor: totalMinor,
        taxInclusive: true,
        taxes: totalMinor === 0 ? [] : [{ name: 'VAT', rateBps: VAT_BPS, netMinor: totalMinor - taxMinor, taxMinor }],
        totalMinor,
        dueMinor,
        ...(cashDueMinor === dueMinor ? {} : { cashDueMinor }),
        suggestedCashMinor: [...new Set(notes)].slice(0, 3),
      },
      ageCheckOpen: lines.some((line) => line.minimumAgeYears !== undefined && line.ageChecked !== true),
      refusedRows: lines.filter((line) => line.kind === 'refused').length,
      ...(tenders.length === 0 ? {} : { tenders }),
      ...stands,
      ...(terminal === undefined ? {} : { terminal }),
      ...(current === undefined ? {} : { currentLineId: current }),
      ...(completed === undefined ? {} : { completed }),
    };
  };

  const delta = (upserted: readonly LineView[], removedLineIds: readonly string[], reset = false): TillMessage => {
    revision += 1;
    return { type: 'basket', revision, reset, head: head(), upserted: [...upserted], removedLineIds: [...removedLineIds] };
  };

  const newId = (): string => `l${nextId++}`;
  const changes: TillMessage[] = [];
  const refuse = (type: Refusal['type'], detail: Refusal['detail'] = {}): Outcome => ({ refusal: { type, detail } });

  const standing = (change: { [Name in keyof typeof stands]: (typeof stands)[Name] | undefined }): Outcome => {
    stands = Object.fromEntries(Object.entries({ ...stands, ...change }).filter(([, value]) => value !== undefined));
    changes.push(delta([], []));
    return { value: {} };
  };

  const put = (line: LineView): Outcome => {
    const at = lines.findIndex((other) => other.lineId === line.lineId);
    if (at === -1) lines = [...lines, line];
    else lines = lines.with(at, line);
    current = line.lineId;
    completed = undefined;
    changes.push(delta([line], []));
    return { value: { lineId: line.lineId } };
  };

  const take = (lineIds: readonly string[]): Outcome => {
    lines = lines.filter((line) => !lineIds.includes(line.lineId));
    if (current !== undefined && lineIds.includes(current)) current = lines.at(-1)?.lineId;
    changes.push(delta([], lineIds));
    return { value: {} };
  };

  const startBasket = (rows: LineView[] = []): void => {
    basketId = `b${nextId++}`;
    lines = rows;
    tenders = [];
    stands = {};
    current = rows.at(-1)?.lineId;
    changes.push(delta(rows, [], true));
  };

  const refusedRow = (code: string, refusal: Refusal, name = ''): Outcome => {
    put({ lineId: newId(), position: nextId, kind: 'refused', code, name, refusal });
    return { refusal };
  };

  const withQuantity = (line: LineView, value: number): LineView => {
    assert(line.quantity !== undefined && line.unitPrice !== undefined, 'an item has a quantity and a price');
    const { unit } = line.quantity;
    return { ...line, quantity: { value, unit }, amountMinor: amountOf(value, unit, line.unitPrice.amount) };
  };

  const add = (item: PeerItem, body: Extract<RequestBody, { type: 'scan' | 'addPlu' | 'addItem' }>): Outcome => {
    const { sku, name, unit, unitPrice, minimumAgeYears } = item;
    const decimals = body.typedDecimals;
    if (decimals !== undefined && decimals > 0 && unit === 'piece')
      return refusedRow(sku, { type: 'unitMismatch', detail: { name } }, name);
    const scale = decimals === undefined || unit === 'piece' ? 1 : 10 ** (3 - decimals);
    const isWeighed = body.weigh === true && unit === 'gram';
    const value = isWeighed ? Math.sign(body.quantity ?? 1) * PEER_GRAMS : (body.quantity ?? (unit === 'piece' ? 1 : 0)) * scale;
    if (value === 0) return unit === 'piece' ? refuse('quantityZero', { name }) : refuse('weightNeeded', { sku, name, unit });
    if (value > QUANTITY_LIMIT && unit === 'piece' && body.confirmed !== true) {
      return refuse('quantityAboveLimit', { sku, name, quantity: value, unit, limit: QUANTITY_LIMIT });
    }
    if (item.asksHours === true && body.vouched?.includes('saleHours') !== true) {
      return refuse('saleHoursUnsure', { sku, name, hours: 'mo-sa 06:00-22:00' });
    }
    if (item.isCard === true) {
      if (body.on === undefined) return refuse('referenceNeeded', { sku, name });
      if (body.worthMinor === undefined) return refuse('worthNeeded', { sku, name });
      const price = { amount: body.worthMinor, decimals: 2 };
      const quantity = { value: 1, unit } as const;
      return put({ lineId: newId(), position: nextId, kind: 'item', sku, name, quantity, unitPrice: price, amountMinor: body.worthMinor });
    }
    if (unitPrice === undefined) return refusedRow(item.code ?? sku, { type: 'noPrice', detail: { name } }, name);
    const same = lines.find((line) => line.sku === sku && line.kind === 'item' && line.priceType === 'regular');
    if (same?.quantity !== undefined) return put(withQuantity(same, same.quantity.value + value));
    const fresh: LineView = {
      lineId: newId(),
      position: nextId,
      kind: 'item',
      sku,
      name,
      quantity: { value, unit },
      unitPrice,
      priceType: 'regular',
      amountMinor: amountOf(value, unit, unitPrice.amount),
      ...(minimumAgeYears === undefined ? {} : { minimumAgeYears, ageChecked: false }),
    };
    return put(fresh);
  };

  const paymentRefusal = (): Outcome | undefined => {
    const { ageCheckOpen, refusedRows } = head();
    if (lines.length === 0) return refuse('basketEmpty');
    if (refusedRows > 0) return refuse('refusedRowsOpen', { rows: refusedRows });
    return ageCheckOpen ? refuse('ageCheckOpen', { minimumAgeYears: 18 }) : undefined;
  };

  const complete = (cashMinor: number, changeMinor: number, roundingMinor: number): Outcome => {
    receipts += 1;
    const cash = cashMinor === 0 ? [] : [{ tenderType: 'cash', name: 'Cash', amountMinor: cashMinor }];
    completed = {
      receiptNumber: `2-0c41-000${receipts}`,
      totalMinor: totalOf(lines),
      cashMinor,
      ...(tenders.length === 0 ? {} : { tenders: [...tenders.map(({ tenderId: _tenderId, ...tender }) => tender), ...cash] }),
      changeMinor,
      ...(roundingMinor === 0 ? {} : { roundingMinor }),
      atMs: 1_795_269_600_000,
    };
    paidLines = lines;
    startBasket();
    return { value: { completed } };
  };

  const pay = (amountMinor: number): Outcome => {
    const refusal = paymentRefusal();
    if (refusal !== undefined) return refusal;
    const { totals } = head();
    const dueMinor = totals.cashDueMinor ?? totals.dueMinor;
    if (amountMinor < dueMinor) return refuse('tenderTooSmall', { dueMinor, amountMinor });
    return complete(amountMinor, amountMinor - dueMinor, dueMinor - totals.dueMinor);
  };

  /** A tender stands until it covers what is due; cash back ends the sale. */
  const takeTender = (body: Extract<RequestBody, { type: 'tender' }>): Outcome => {
    const refusal = paymentRefusal();
    if (refusal !== undefined) return refusal;
    const type = PEER_TENDERS.find(({ tenderType }) => tenderType === body.tenderType);
    if (type === undefined) return refuse('noSuchTender', { tenderType: body.tenderType });
    if (type.asksReference && body.reference === undefined) return refuse('referenceNeeded', { tenderType: body.tenderType });
    const { dueMinor } = head().totals;
    const { amountMinor, tipMinor, cashBackMinor = 0, reference } = body;
    if (amountMinor - cashBackMinor > dueMinor) {
      return refuse('tenderAboveLimit', { tenderType: type.tenderType, amountMinor, limitMinor: dueMinor, limit: 'due' });
    }
    const tender = {
      tenderType: type.tenderType,
      name: type.name,
      amountMinor,
      ...(tipMinor === undefined ? {} : { tipMinor }),
      ...(cashBackMinor === 0 ? {} : { cashBackMinor }),
      ...(reference === undefined ? {} : { reference }),
    };
    tenders = [...tenders, { tenderId: newId(), ...tender }];
    if (amountMinor - cashBackMinor === dueMinor) return complete(0, cashBackMinor, 0);
    changes.push(delta([], []));
    return { value: {} };
  };
  let paidLines: readonly LineView[] = [];

  const receipt = (receiptNumber: string): NonNullable<ReplyValue['receipt']> => ({
    receiptNumber,
    currency: 'EUR',
    minorDigits: 2,
    blocks: [
      { type: 'heading', text: 'Marktplatz 7' },
      { type: 'text', text: 'Holdfast Stores · 10115 Berlin', align: 'center' },
      { type: 'rule' },
      ...paidLines.flatMap((line) =>
        line.quantity === undefined || line.unitPrice === undefined || line.amountMinor === undefined
          ? []
          : [
              {
                type: 'line' as const,
                name: line.name,
                quantity: line.quantity,
                unitPrice: line.unitPrice,
                amountMinor: line.amountMinor,
                taxMark: 'A',
              },
            ],
      ),
      { type: 'rule' },
      { type: 'amount', label: 'Total', amountMinor: completed?.totalMinor ?? 0, emphasis: true },
      { type: 'amount', label: 'Cash', amountMinor: completed?.cashMinor ?? 0, emphasis: false },
      { type: 'amount', label: 'Change', amountMinor: completed?.changeMinor ?? 0, emphasis: false },
      { type: 'rule' },
      { type: 'tax', mark: 'A', name: 'VAT', rateBps: VAT_BPS, netMinor: 2_091, taxMinor: 397 },
      { type: 'rule' },
      {
        type: 'facts',
        facts: [
          ['Receipt', receiptNumber],
          ['Lane', '2'],
          ['Cashier', '12'],
          ['Date', '21.11.2026 14:07'],
        ],
      },
      { type: 'text', text: 'Thank you', align: 'center' },
    ],
  });

  const matches = (item: PeerItem, text: string): boolean =>
    text
      .toLowerCase()
      .split(' ')
      .every((word) => `${item.name} ${item.brand ?? ''} ${item.plu ?? ''} ${item.code ?? ''}`.toLowerCase().includes(word));

  const lineOf = (lineId: string): LineView | undefined => lines.find((line) => line.lineId === lineId);

  /** One receipt of the past: two of the first item. */
  const returnable = (): NonNullable<ReplyValue['returnable']> => {
    const back = lines.find((line) => line.returnOf === PEER_RECEIPT);
    const [item] = items;
    const two = { value: 2, unit: 'piece' } as const;
    return {
      receiptNumber: PEER_RECEIPT,
      atMs: 1_795_269_600_000,
      totalMinor: 238,
      lines: [
        {
          line: 1,
          sku: item?.sku ?? '',
          name: item?.name ?? '',
          sold: two,
          left: two,
          paidMinor: 238,
          leftMinor: 238,
          returning: 0 - (back?.quantity?.value ?? 0),
        },
      ],
    };
  };

  const explain = ({ lineId, name, quantity, unitPrice, amountMinor = 0, reason }: LineView): ExplanationView => {
    assert(quantity !== undefined && unitPrice !== undefined, 'goods have a price');
    const taxMinor = taxIn(amountMinor);
    return {
      lineId,
      name,
      quantity,
      unitPrice,
      priceType: reason === undefined ? 'regular' : 'override',
      ...(reason !== undefined && { setBecause: reason }),
      prices: [{ type: 'regular', unitPrice, currency: 'EUR', scope: 'global', priority: 0 }],
      amountMinor,
      taken: [],
      notTaken: [],
      netMinor: amountMinor,
      taxes: [{ name: 'VAT', rateBps: VAT_BPS, netMinor: amountMinor - taxMinor, taxMinor }],
    };
  };

  const setTerminal = (view: TerminalView | undefined): TillMessage => {
    terminal = view;
    return delta([], []);
  };

  const setStatus = (change: Partial<Status>): TillMessage => {
    status = { ...status, ...change };
    return { type: 'status', status };
  };

  const apply = (body: RequestBody): Outcome => {
    switch (body.type) {
      case 'open':
        return { value: { state: { version: 1, revision, head: head(), lines, status } } };
      case 'scan': {
        const item = items.find((other) => other.code === body.code || other.sku === body.code);
        if (item !== undefined) return add(item, body);
        return refusedRow(body.code, { type: /[02468]$/u.test(body.code) ? 'unknownCode' : 'badCheckDigit', detail: { code: body.code } });
      }
      case 'addPlu': {
        const item = items.find((other) => other.plu === body.plu);
        return item === undefined ? refusedRow(body.plu, { type: 'unknownCode', detail: { code: body.plu } }) : add(item, body);
      }
      case 'addItem': {
        const item = items.find((other) => other.sku === body.sku);
        return item === undefined ? refusedRow(body.sku, { type: 'unknownCode', detail: {} }) : add(item, body);
      }
      case 'sellUnlisted': {
        const { department: name, code, unitPrice, rowId } = body;
        if (rowId !== undefined) take([rowId]);
        const priced = { quantity: { value: 1, unit: 'piece' }, unitPrice, amountMinor: unitPrice.amount } as const;
        const goods = { lineId: newId(), position: nextId, kind: 'item', priceType: 'override', name, sku: name, unlisted: true } as const;
        return put({ ...goods, ...priced, ...(code !== undefined && { code }) });
      }
      case 'setQuantity': {
        const line = lineOf(body.lineId);
        if (line === undefined) return refuse('noSuchLine');
        if (body.quantity === 0) return refuse('quantityZero', { name: line.name });
        if (body.quantity > QUANTITY_LIMIT && line.quantity?.unit === 'piece' && body.confirmed !== true) {
          return refuse('quantityAboveLimit', { name: line.name, quantity: body.quantity, unit: 'piece', limit: QUANTITY_LIMIT });
        }
        return put(withQuantity(line, body.quantity));
      }
      case 'overridePrice': {
        const line = lineOf(body.lineId);
        if (line?.quantity === undefined) return refuse('noSuchLine');
        const { unitPrice, reason } = body.override;
        return put(withQuantity({ ...line, unitPrice, priceType: 'override', reason }, line.quantity.value));
      }
      case 'voidLine':
        return lineOf(body.lineId) === undefined ? refuse('noSuchLine') : take([body.lineId]);
      case 'clearRefused':
        return take(
          lines.flatMap((line) => (line.kind === 'refused' && (body.lineId ?? line.lineId) === line.lineId ? [line.lineId] : [])),
        );
      case 'confirmAge':
        lines = lines.map((line) => (line.minimumAgeYears === undefined ? line : { ...line, ageChecked: true }));
        changes.push(delta(lines, []));
        return { value: {} };
      case 'voidSale':
        startBasket();
        return { value: {} };
      case 'suspend':
        suspended.push({ basketId, atMs: 1_795_269_600_000, lines });
        startBasket();
        return { value: {} };
      case 'resume': {
        const at = suspended.findIndex((other) => other.basketId === body.basketId);
        if (lines.length > 0) return refuse('basketOpen');
        const [found] = at === -1 ? [] : suspended.splice(at, 1);
        if (found === undefined) return refuse('noSuchBasket');
        startBasket(found.lines);
        return { value: {} };
      }
      case 'payCash':
        return pay(body.amountMinor);
      case 'tender':
        return takeTender(body);
      case 'voidTender':
        tenders = tenders.filter(({ tenderId }) => tenderId !== body.tenderId);
        changes.push(delta([], []));
        return { value: {} };
      // This shop has no coupons, and knows nobody by more than a number.
      case 'addCoupon':
        return refuse('unknownCoupon');
      case 'removeCoupon':
        return refuse('noSuchCoupon');
      // Where people sign on, who may free somebody of tax is Sam.
      case 'exempt':
        if (status.signOn !== 'on' || status.operator === PEER_SAM.user || leaves.delete('exemptCustomer'))
          return standing({ exemption: body.certificate });
        return refuse('approvalNeeded', { action: 'exemptCustomer', approvers: 'supervisor', lineId: '' });
      case 'people':
        return { value: { people: PEER_PEOPLE.map(({ user, name }) => ({ user, name, hasPin: true, hasBadge: true })) } };
      case 'signOn':
      case 'approve': {
        const shown = PEER_PEOPLE.find(({ user, pin, badge }) => body.badge === badge || (body.user === user && body.pin === pin));
        if (shown === undefined) return refuse('wrongPasscode');
        if (body.type === 'approve' && shown.user === status.operator) return refuse('approverIsOperator', { action: body.action });
        if (body.type === 'approve') leaves.add(body.action);
        else changes.push(setStatus({ signOn: 'on', operator: shown.user, operatorName: shown.name }));
        return { value: {} };
      }
      // Its terminal does what a test says it does.
      case 'abortPayment':
      case 'askPayment':
      case 'leavePayment':
        return terminal === undefined ? refuse('noOpenPayment') : { value: {} };
      case 'cardCases':
        return { value: { cardCases: [] } };
      case 'settleTerminal':
      case 'clearCardCase':
        return refuse('terminalAbsent');
      case 'journal':
        return { value: { journal: { entries: [], next: null } } };
      case 'journalEntry':
        return refuse('noSuchEntry');
      // Its drawer has no shifts.
      case 'clock': {
        const shown = PEER_PEOPLE.find(({ user, pin, badge }) => body.badge === badge || (body.user === user && body.pin === pin));
        return shown === undefined ? refuse('wrongPasscode') : { value: { clocked: { name: shown.name, act: body.act, atMs: 1 } } };
      }
      // One other station is there; it answers what a test says.
      case 'askLeave':
        return { value: { asked: { wishId: 'wish-1', stations: 1 } } };
      case 'dropLeave':
      case 'answerLeave':
        return { value: {} };
      case 'changePin':
        return PEER_PEOPLE.some(({ user, pin }) => user === body.user && pin === body.pin) ? { value: {} } : refuse('wrongPasscode');
      case 'attendance':
        return { value: { attendance: [] } };
      case 'stateAttendance':
        return refuse('noSuchAttendance');
      case 'shift':
      case 'openShift':
      case 'moveCash':
      case 'closeShift':
      case 'printShift':
      case 'moveSafe':
      case 'countSafe':
        return refuse('shiftNotOpen');
      case 'lock':
        changes.push(setStatus({ signOn: 'locked' }));
        return { value: {} };
      case 'signOff':
        changes.push(setStatus({ signOn: 'needed', operator: '' }));
        return { value: {} };
      case 'setCustomer':
        return standing({ customer: { customerId: body.customerId, groups: [] } });
      case 'attachCustomer':
        return standing({ customer: { customerId: body.text, groups: [] } });
      case 'findCustomers':
        return { value: { customers: { found: PEER_CUSTOMERS.filter(({ name }) => name.startsWith(body.text)), isMore: false } } };
      case 'addCustomer':
        return standing({ customer: { customerId: 'k-new', groups: [], initials: 'NN' } });
      case 'clearCustomer':
        return standing({ customer: undefined });
      case 'clearExemption':
        return standing({ exemption: undefined });
      case 'setService':
        return standing({ service: body.service });
      case 'setReceiptLanguage':
        return standing({ receiptLanguage: body.language });
      case 'describeLine': {
        const line = lineOf(body.lineId);
        const { type: _type, lineId: _lineId, ...said } = body;
        return line === undefined ? refuse('noSuchLine') : put({ ...line, ...said });
      }
      // A price has one reason here: it is the shop's.
      case 'explain': {
        const line = lineOf(body.lineId);
        return line === undefined ? refuse('noSuchLine') : { value: { explanation: explain(line) } };
      }
      // What is taken off is written down, and never off the total. Above half, somebody else must allow it.
      case 'discount': {
        const { lineId, off, reason } = body;
        if (off.type === 'percent' && off.bps > 5_000) {
          return refuse('approvalNeeded', {
            action: 'discountBasket',
            approvers: 'manager',
            limitBps: 5_000,
            wantedBps: off.bps,
            lineId: '',
          });
        }
        const discount = { discountId: newId(), ...(lineId !== undefined && { lineId }), reason };
        const manualDiscounts = [
          ...(stands.manualDiscounts ?? []),
          { ...discount, ...(off.type === 'percent' ? { bps: off.bps } : { amountMinor: off.amountMinor }) },
        ];
        return standing({ manualDiscounts });
      }
      case 'removeDiscount':
        return standing({ manualDiscounts: stands.manualDiscounts?.filter(({ discountId }) => discountId !== body.discountId) });
      case 'tenderTypes':
        return { value: { tenderTypes: [...PEER_TENDERS] } };
      case 'receipts':
        return { value: { receipts: PEER_RECEIPTS.map((each) => (undone.has(each.receiptNumber) ? { ...each, undone: true } : each)) } };
      case 'postVoid':
        if (body.receiptNumber === PEER_RECEIPTS[1].receiptNumber && !reversed.has(body.receiptNumber) && body.inCash === undefined) {
          const { receiptNumber } = body;
          const amountMinor = PEER_RECEIPTS[1].totalMinor;
          const isRefused = terminal?.state === 'declined';
          const detail = { receiptNumber, tender: 1, tenderType: 'card', amountMinor, ...(isRefused && { cashMinor: amountMinor + 1 }) };
          return refuse('tenderNotReversed', detail);
        }
        undone.add(body.receiptNumber);
        return { value: {} };
      case 'reverseTender':
        if (terminal !== undefined) return { value: { payment: { paymentId: terminal.paymentId } } };
        reversed.add(body.receiptNumber);
        return { value: {} };
      case 'openDrawer':
        return { value: {} };
      case 'setTraining':
        changes.push(setStatus({ training: body.isOn }));
        return { value: {} };
      case 'inquire': {
        const { of } = body;
        const wanted = of.type === 'scan' ? of.code : of.type === 'addPlu' ? of.plu : of.sku;
        const item = items.find(({ code, plu, sku }) => [code, plu, sku].includes(wanted));
        return item === undefined ? refuse('unknownCode', { code: wanted }) : { value: { tiles: [item] } };
      }
      // Each card has 12.50 on it, until it is paid out.
      case 'balance':
        return { value: { balance: { account: body.account, reference: body.reference, amountMinor: 1_250 } } };
      case 'storePrices':
        return { value: { storePrices: [] } };
      case 'cashOut':
        return { value: { cashedOut: { amountMinor: 1_250, paidMinor: 1_250 } } };
      case 'sheets':
        return { value: { sheets: [] } };
      case 'sheet':
      case 'openSheet':
      case 'countGoods':
      case 'takeBackCount':
      case 'closeSheet':
        return { refusal: { type: 'noSuchSheet', detail: {} } };
      case 'adjustStock':
      case 'changeStorePrice':
      case 'arrangeKeys':
      case 'printReceipt':
      case 'mailReceipt':
        return { value: {} };
      case 'invoice':
        return { value: { invoiceNumber: `R${body.receiptNumber}` } };
      case 'search': {
        if (body.style !== undefined) return { value: { tiles: items.filter((item) => item.style === body.style).slice(0, body.limit) } };
        const found = items.filter((item) => matches(item, body.text));
        const siblings = ({ style }: PeerItem): readonly PeerItem[] =>
          style === undefined ? [] : found.filter((other) => other.style === style);
        const rows = found.flatMap((item): readonly Tile[] => {
          const [first, ...others] = body.byStyle === true ? siblings(item) : [];
          if (first === undefined || others.length === 0) return [item];
          return first === item ? [{ sku: item.sku, name: item.style ?? '', unit: item.unit, variants: others.length + 1 }] : [];
        });
        return { value: { tiles: rows.slice(0, body.limit) } };
      }
      case 'tiles':
        if (body.department === undefined) {
          const departments = [...new Set(items.map((item) => item.department))];
          return {
            value: {
              departments,
              unlistedDepartments: departments.slice(0, PEER_UNLISTED),
              roundUp: { sku: 'sku-gift', name: 'Donation' },
            },
          };
        }
        {
          const tiles = items.filter((item) => item.department === body.department);
          return { value: { tiles, ...(tiles.some(({ sku }) => sku === scheduled?.sku) && { pricesInMs: scheduled?.inMs }) } };
        }
      case 'keyPages': {
        const keyPages = [...Map.groupBy(items, ({ department }) => department)].map(([name, keys], index) => {
          return { name, position: index * 1_000, isArranged: false, keys };
        });
        return { value: { keyPages } };
      }
      case 'displayGoods':
        return { value: { tiles: [] } };
      case 'pictures':
        return { value: { pictures: [] } };
      case 'suspended':
        return {
          value: {
            suspended: suspended.map((basket) => ({
              basketId: basket.basketId,
              atMs: basket.atMs,
              itemCount: countOf(basket.lines),
              totalMinor: totalOf(basket.lines),
            })),
          },
        };
      case 'returnable':
        return body.receiptNumber === PEER_RECEIPT ? { value: { returnable: returnable() } } : refuse('noSuchReceipt');
      case 'setReturn': {
        const [wish] = body.lines;
        const before = lines.flatMap((line) => (line.returnOf === PEER_RECEIPT ? [line.lineId] : []));
        if (wish === undefined) return { ...take(before), value: { returnable: returnable() } };
        const item = items[0];
        if (item === undefined) return refuse('noSuchLine');
        if (before.length > 0) take(before);
        const outcome = add(item, { type: 'addItem', sku: item.sku, quantity: -wish.quantity });
        lines = lines.map((line) => (line.quantity?.value === -wish.quantity ? { ...line, returnOf: PEER_RECEIPT } : line));
        changes.push(delta(lines, []));
        return 'refusal' in outcome ? outcome : { value: { returnable: returnable() } };
      }
      case 'refund':
        return pay(totalOf(lines));
      case 'receipt':
        return { value: { receipt: receipt(body.receiptNumber) } };
      case 'zeroScale':
        return { value: {} };
      case 'devices':
      case 'testDevice':
      case 'setDevices':
        return refuse('deviceFailed', { reason: 'unknown' });
      default:
        return refuse('badRequest');
    }
  };

  return {
    handle: ({ id, body }) => {
      const outcome = apply(body);
      const reply: TillMessage =
        'value' in outcome ? { type: 'reply', id, ok: true, value: outcome.value } : { type: 'refused', id, refusal: outcome.refusal };
      return [...changes.splice(0), reply];
    },
    setStatus,
    setTerminal,
    schedulePrice: (sku, unitPrice, inMs) => {
      scheduled = { sku, inMs };
      return {
        begin: () => {
          scheduled = undefined;
          items = items.map((item) => (item.sku === sku ? { ...item, unitPrice } : item));
        },
      };
    },
  };
};
