/**
 * Entries of the journal in the words of ARTS POSLog 6: one `Transaction` for each entry. Names and nesting are POSLog's; it is not checked against its schema,
 * which is no public document. What POSLog has no word for stands as a `ControlTransaction` with its kind as the reason.
 */
import { decimalText } from '../money/money.ts';
import { amountText, journalRow, type JournalPlace, type JournalRow } from './journal-row.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry } from './ledger.ts';

export const POSLOG_HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" MajorVersion="6">';
export const POSLOG_TAIL = '</POSLog>';

/** XML 1.0 has no place for other control characters: what holds one is not lost, but marked. */
const escape = (text: string): string =>
  [...text]
    .map((character) => (isXmlCharacter(character.codePointAt(0) ?? 0) ? character : '\uFFFD'))
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** XML 1.0, production 2. */
const isXmlCharacter = (point: number): boolean =>
  point === 0x9 ||
  point === 0xa ||
  point === 0xd ||
  (point >= 0x20 && point <= 0xd7ff) ||
  (point >= 0xe000 && point <= 0xfffd) ||
  point >= 0x10000;

type Content = string | number | undefined;
type Attributes = Readonly<Record<string, string | undefined>>;

/** Nothing where there is nothing in it. */
function element(name: string, content: Content | readonly string[], attributes: Attributes = {}): string {
  if (content === undefined || content === '') return '';
  const inside = typeof content === 'object' ? content.join('') : escape(String(content));
  const said = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escape(value)}"`]));
  return `<${name}${said.join('')}>${inside}</${name}>`;
}

const {
  sale,
  lineVoid,
  saleVoid,
  saleAbort,
  suspend,
  resume,
  stockAdjustment,
  cashMovement,
  cashPractice,
  safeMovement,
  shiftClose,
  session,
  noSale,
} = LEDGER_KINDS;

/** `isoOf`: a moment as ISO 8601, UTC. */
export function poslogTransaction(entry: LedgerEntry, place: JournalPlace, isoOf: (atMs: number) => string): string {
  const row = journalRow(entry);
  const isCancelled = entry.kind === saleVoid.kind || entry.kind === saleAbort.kind;
  return element(
    'Transaction',
    [
      element('RetailStoreID', place.store),
      element('WorkstationID', place.lane),
      element('TillID', row.drawer),
      element('SequenceNumber', place.seq),
      element('TransactionID', `${place.epoch}-${place.seq}`),
      element('BusinessDayDate', row.businessDate),
      element('EndDateTime', isoOf(place.atMs)),
      element('OperatorID', row.operator),
      element('CurrencyCode', row.currency),
      bodyOf(entry, row),
    ],
    { CancelFlag: isCancelled ? 'true' : undefined, TrainingModeFlag: row.training ? 'true' : undefined },
  );
}

const RETAIL: ReadonlyMap<number, string> = new Map([
  [sale.kind, 'Delivered'],
  [lineVoid.kind, 'InProcess'],
  [saleVoid.kind, 'Voided'],
  [saleAbort.kind, 'Failed'],
  [suspend.kind, 'Suspended'],
]);

const TENDER_CONTROLS: ReadonlySet<number> = new Set([cashMovement.kind, safeMovement.kind, shiftClose.kind, cashPractice.kind]);

function bodyOf(entry: LedgerEntry, row: JournalRow): string {
  const status = RETAIL.get(entry.kind);
  if (status !== undefined) return retailTransaction(entry, row, status);
  if (TENDER_CONTROLS.has(entry.kind)) return tenderControl(entry, row);
  if (entry.kind === stockAdjustment.kind) return inventoryControl(entry, row);
  return controlTransaction(entry, row);
}

const rowsOf = (fields: Fields, name: string): readonly Fields[] => {
  const value = fields[name];
  return Array.isArray(value) ? (value as readonly Fields[]) : [];
};
const textOf = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
};
const numberOf = (fields: Fields, name: string): number | undefined => {
  const value = fields[name];
  return typeof value === 'number' ? value : undefined;
};

function retailTransaction({ kind, fields }: LedgerEntry, row: JournalRow, status: string): string {
  const money = (amountMinor: number | undefined): string => amountText({ ...row, ...(amountMinor !== undefined && { amountMinor }) });
  const postVoidOf = textOf(fields, 'postVoidOf');
  const isVoid = kind === lineVoid.kind;
  let number = 0;
  const line = (content: readonly string[], attributes: Attributes = {}): string =>
    element('LineItem', [element('SequenceNumber', (number += 1)), ...content], attributes);
  return element(
    'RetailTransaction',
    [
      element('ReceiptNumber', textOf(fields, 'receiptNumber')),
      ...(postVoidOf === undefined
        ? []
        : [element('TransactionLink', [element('ReceiptNumber', postVoidOf)], { ReasonCode: 'PostVoided' })]),
      ...rowsOf(fields, 'lines').map((each) => line([saleLine(each, money)], { VoidFlag: isVoid ? 'true' : undefined })),
      ...rowsOf(fields, 'taxes').map((tax) => line([taxLine(tax, money)])),
      ...rowsOf(fields, 'tenders').map((tender, index) =>
        line([tenderLine(tender, index === 0 ? (numberOf(fields, 'changeMinor') ?? 0) : 0, money)]),
      ),
      element('Total', money(numberOf(fields, 'totalMinor')), { TotalType: 'TransactionGrandAmount' }),
      element('Total', fields['roundingMinor'] === undefined ? undefined : money(numberOf(fields, 'roundingMinor')), {
        TotalType: 'TransactionRoundingAmount',
      }),
      element('ReasonCode', row.reason),
      element('Customer', customerOf(fields)),
    ],
    { TransactionStatus: postVoidOf === undefined ? status : 'PostVoided' },
  );
}

function customerOf(fields: Fields): readonly string[] | undefined {
  const customer = textOf(fields, 'customer');
  return customer === undefined ? undefined : [element('CustomerID', customer)];
}

type Money = (amountMinor: number | undefined) => string;

/** A unit price has decimals of its own. */
const unitPriceOf = (fields: Fields, name: string): string | undefined => {
  const [amount, decimals] = [numberOf(fields, `${name}Amount`), numberOf(fields, `${name}Decimals`)];
  if (amount === undefined || decimals === undefined) return undefined;
  return decimalText(amount, decimals);
};

const UNIT_CODES: Readonly<Record<string, string>> = { piece: 'EA', gram: 'GRM', millilitre: 'MLT', millimetre: 'MMT' };

function saleLine(line: Fields, money: Money): string {
  const quantity = numberOf(line, 'quantity') ?? 0;
  const receipt = textOf(line, 'returnReceipt');
  const isReturn = quantity < 0 || (numberOf(line, 'amountMinor') ?? 0) < 0;
  return element(isReturn ? 'Return' : 'Sale', [
    element('ItemID', textOf(line, 'sku')),
    element('POSIdentity', textOf(line, 'code') === undefined ? undefined : [element('POSItemID', textOf(line, 'code'))]),
    element('Description', textOf(line, 'text')),
    element('RegularSalesUnitPrice', unitPriceOf(line, 'cataloguePrice') ?? unitPriceOf(line, 'unitPrice')),
    element('ActualSalesUnitPrice', unitPriceOf(line, 'unitPrice')),
    element('ExtendedAmount', money(numberOf(line, 'amountMinor'))),
    element('Quantity', Math.abs(quantity), { UnitOfMeasureCode: UNIT_CODES[textOf(line, 'unit') ?? ''] }),
    ...rowsOf(line, 'discounts').map((discount) =>
      element(
        'RetailPriceModifier',
        [
          element('Amount', money(numberOf(discount, 'amountMinor'))),
          element('PromotionID', textOf(discount, 'reference')),
          element('ReasonCode', textOf(discount, 'reason')),
        ],
        { MethodCode: textOf(discount, 'kind') },
      ),
    ),
    element('SerialNumber', textOf(line, 'serial')),
    element('TaxGroupID', textOf(line, 'taxClass')),
    ...(receipt === undefined
      ? []
      : [
          element('TransactionLink', [element('ReceiptNumber', receipt), element('LineItemSequenceNumber', numberOf(line, 'returnLine'))], {
            ReasonCode: 'Return',
          }),
        ]),
  ]);
}

function taxLine(tax: Fields, money: Money): string {
  const bps = numberOf(tax, 'rateBps');
  return element(
    'Tax',
    [
      element('TaxableAmount', money(numberOf(tax, 'netMinor'))),
      element('Amount', money(numberOf(tax, 'taxMinor'))),
      element('Percent', bps === undefined ? undefined : decimalText(bps, 2)),
      element('TaxGroupID', [textOf(tax, 'taxClass'), textOf(tax, 'component')].filter((part) => part !== undefined).join(' ')),
    ],
    { TaxType: 'Sales' },
  );
}

function tenderLine(tender: Fields, changeMinor: number, money: Money): string {
  const type = textOf(tender, 'tenderType') ?? '';
  return element(
    'Tender',
    [
      element('Amount', money(numberOf(tender, 'amountMinor'))),
      element('TenderID', textOf(tender, 'reference')),
      element('TipAmount', tender['tipMinor'] === undefined ? undefined : money(numberOf(tender, 'tipMinor'))),
      ...(changeMinor === 0 ? [] : [element('TenderChange', [element('Amount', money(changeMinor))])]),
    ],
    { TenderType: type === 'cash' ? 'Cash' : type },
  );
}

const TENDER_CONTROL: Readonly<Record<string, string>> = {
  float: 'TenderLoan',
  loan: 'TenderLoan',
  drop: 'TenderPickup',
  paidIn: 'PaidIn',
  paidOut: 'PaidOut',
  bankDeposit: 'Deposit',
  // From the bank to the safe, as programs write it.
  bankChange: 'SafeDrop',
  count: 'SafeSettle',
  close: 'TillSettle',
};

function tenderControl({ kind, fields }: LedgerEntry, row: JournalRow): string {
  const name = kind === shiftClose.kind ? 'TillSettle' : (TENDER_CONTROL[row.act ?? ''] ?? 'TillSettle');
  const counts = rowsOf(fields, 'denominations').map((each) =>
    element('Denomination', [
      element('FaceValue', amountText({ ...row, amountMinor: numberOf(each, 'faceMinor') ?? 0 })),
      element('Count', numberOf(each, 'count')),
    ]),
  );
  const expected = numberOf(fields, 'drawerMinor');
  if (name === 'Deposit')
    return element('TenderControlTransaction', [element(name, [element('BagID', row.reference), element('Amount', amountText(row))])]);
  if (name === 'SafeDrop')
    return element('TenderControlTransaction', [
      element(name, [element('DropAmount', amountText(row)), element('EnvelopeID', row.reference)]),
    ]);
  return element('TenderControlTransaction', [
    element(name, [
      element('Amount', amountText(row)),
      element('ExpectedAmount', expected === undefined ? undefined : amountText({ ...row, amountMinor: expected })),
      element('ReferenceID', row.reference),
      element('ReasonCode', row.reason),
      ...counts,
    ]),
  ]);
}

const inventoryControl = ({ fields }: LedgerEntry, row: JournalRow): string =>
  element('InventoryControlTransaction', [
    element('ReasonCode', row.reason),
    ...rowsOf(fields, 'movements').map((movement) =>
      element('InventoryItem', [
        element('ItemID', textOf(movement, 'sku')),
        element('Quantity', numberOf(movement, 'quantity'), { UnitOfMeasureCode: UNIT_CODES[textOf(movement, 'unit') ?? ''] }),
      ]),
    ),
  ]);

const SESSION: Readonly<Record<string, string>> = { signOn: 'SignOn', unlock: 'SignOn', signOff: 'SignOff', lock: 'SignOff' };

function controlTransaction({ kind }: LedgerEntry, row: JournalRow): string {
  const said = [
    element('ReferenceID', row.reference),
    element('Action', row.act),
    element('ReasonCode', row.reason ?? row.kind),
    element('ApproverID', row.approvedBy),
  ];
  const name =
    kind === noSale.kind ? 'NoSale' : kind === resume.kind ? 'Resume' : kind === session.kind ? SESSION[row.act ?? ''] : undefined;
  return element('ControlTransaction', [element(name ?? 'OtherControl', said)]);
}
