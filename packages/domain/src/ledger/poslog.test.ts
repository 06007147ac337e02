/**
 * The XML of the journal against a grammar that stands here: no schema of ARTS POSLog is public, so names, nesting and order of what is written are transcribed, reduced to what is written, from what public
 * programs read and write in `http://www.nrf-arts.org/IXRetail/namespace/`. Whoever changes an element or its place changes it here, too.
 */
import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { LEDGER_KINDS, type Fields } from './ledger.ts';
import { POSLOG_HEAD, POSLOG_TAIL, poslogTransaction } from './poslog.ts';

/** Children in their order: `?` at most once, `*` any number; one of several where `|` stands between them. */
const LINE =
  'ItemID? POSIdentity? Description? RegularSalesUnitPrice? ActualSalesUnitPrice? ExtendedAmount Quantity RetailPriceModifier* SerialNumber? TaxGroupID? TransactionLink?';
const MONEY = 'Amount ExpectedAmount? ReferenceID? ReasonCode? Denomination*';
const SAID = 'ReferenceID? Action? ReasonCode ApproverID?';
const GRAMMAR: Readonly<Record<string, string>> = {
  POSLog: 'Transaction*',
  Transaction:
    'RetailStoreID WorkstationID TillID? SequenceNumber TransactionID BusinessDayDate? EndDateTime OperatorID? CurrencyCode? RetailTransaction|TenderControlTransaction|InventoryControlTransaction|ControlTransaction',
  RetailTransaction: 'ReceiptNumber? TransactionLink? LineItem* Total* ReasonCode? Customer?',
  TransactionLink: 'ReceiptNumber LineItemSequenceNumber?',
  LineItem: 'SequenceNumber Sale|Return|Tax|Tender',
  Sale: LINE,
  Return: LINE,
  POSIdentity: 'POSItemID',
  RetailPriceModifier: 'Amount PromotionID? ReasonCode?',
  Tax: 'TaxableAmount Amount Percent? TaxGroupID?',
  Tender: 'Amount TenderID? TipAmount? TenderChange?',
  TenderChange: 'Amount',
  Customer: 'CustomerID',
  TenderControlTransaction: 'TenderLoan|TenderPickup|PaidIn|PaidOut|Deposit|SafeDrop|SafeSettle|TillSettle',
  Deposit: 'BagID? Amount',
  SafeDrop: 'DropAmount EnvelopeID?',
  ...Object.fromEntries(['TenderLoan', 'TenderPickup', 'PaidIn', 'PaidOut', 'SafeSettle', 'TillSettle'].map((name) => [name, MONEY])),
  Denomination: 'FaceValue Count',
  InventoryControlTransaction: 'ReasonCode? InventoryItem*',
  InventoryItem: 'ItemID Quantity',
  ControlTransaction: 'SignOn|SignOff|NoSale|Resume|OtherControl',
  ...Object.fromEntries(['SignOn', 'SignOff', 'NoSale', 'Resume', 'OtherControl'].map((name) => [name, SAID])),
};
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  POSLog: ['xmlns', 'MajorVersion'],
  Transaction: ['CancelFlag', 'TrainingModeFlag'],
  RetailTransaction: ['TransactionStatus'],
  TransactionLink: ['ReasonCode'],
  LineItem: ['VoidFlag'],
  Quantity: ['UnitOfMeasureCode'],
  RetailPriceModifier: ['MethodCode'],
  Tax: ['TaxType'],
  Tender: ['TenderType'],
  Total: ['TotalType'],
};

interface Node {
  readonly name: string;
  readonly attributes: readonly string[];
  readonly children: Node[];
}

/** Well-formed, or it throws. */
function parse(xml: string): Node {
  const root: Node = { name: '', attributes: [], children: [] };
  const open = [root];
  for (const [, isEnd, name = '', attributes = ''] of xml
    .replace(/^<\?xml[^>]*\?>\s*/u, '')
    .matchAll(/<(\/?)([A-Za-z]+)((?: [A-Za-z]+="[^"<]*")*)>/gu)) {
    if (isEnd === '/') {
      assert(open.pop()?.name === name, `${name} ends what began`);
      continue;
    }
    const node: Node = { name, attributes: [...attributes.matchAll(/ ([A-Za-z]+)=/gu)].map(([, key = '']) => key), children: [] };
    open.at(-1)?.children.push(node);
    open.push(node);
  }
  assert(open.length === 1 && root.children[0] !== undefined, 'one whole document');
  return root.children[0];
}

function faultsOf({ name, attributes, children }: Node): readonly string[] {
  const words = (GRAMMAR[name] ?? '').split(' ').filter((word) => word !== '');
  const pattern = words.map((word) => {
    const bare = word.replace(/[?*]$/u, '');
    return `(?:(?:${bare}) )${word === bare ? '' : word.slice(-1)}`;
  });
  const told = children.map((child) => `${child.name} `).join('');
  const isOrdered = new RegExp(`^${pattern.join('')}$`, 'u').test(told);
  const strangers = attributes.filter((attribute) => ATTRIBUTES[name]?.includes(attribute) !== true);
  return [
    ...(isOrdered ? [] : [`${name}: ${told}`]),
    ...strangers.map((attribute) => `${name} ${attribute}`),
    ...children.flatMap(faultsOf),
  ];
}

type Column = (typeof LEDGER_KINDS)[keyof typeof LEDGER_KINDS]['columns'][number];

/** Every column that a kind has; or only those that it must have. */
function fieldsOf(columns: readonly Column[], isFull: boolean, int: 7 | -7): Fields {
  const wanted = columns.filter((column) => isFull || !('optional' in column));
  return Object.fromEntries(
    wanted.map(({ name, type }): [string, Fields[string]] => {
      if (typeof type === 'object') return [name, [fieldsOf(type.list, isFull, int)]];
      return [name, type === 'int' ? int : type === 'bool' ? true : type === 'bytes' ? new Uint8Array(2) : 'a<b'];
    }),
  );
}

const PLACE = { store: '1', lane: 2, epoch: 'abcd000000000001', seq: 3, atMs: 0, hash: '0f' };
const ACTS = [
  'float',
  'loan',
  'drop',
  'paidIn',
  'paidOut',
  'bankDeposit',
  'bankChange',
  'count',
  'close',
  'signOn',
  'unlock',
  'signOff',
  'lock',
  'begin',
];

test('each kind of entry, with all that it may say, sold and taken back, and with the least, stands in words and in an order that are written down here', () => {
  const entries = Object.values(LEDGER_KINDS).flatMap(({ kind, columns }) =>
    (
      [
        [true, 7],
        [true, -7],
        [false, 7],
      ] as const
    ).flatMap(([isFull, int]) => {
      const fields = fieldsOf(columns, isFull, int);
      const variants = 'act' in fields ? ACTS.map((act) => ({ ...fields, act })) : [fields];
      return variants.map((variant) => ({ kind, fields: { ...variant, ...('currency' in variant && { currency: 'EUR' }) } }));
    }),
  );
  const transactions = entries.map((entry) => poslogTransaction(entry, PLACE, () => '2026-11-21T12:00:00Z'));
  const seen = new Set(transactions.flatMap((xml) => [...xml.matchAll(/<([A-Za-z]+)/gu)].map(([, name = '']) => name)));
  expect(faultsOf(parse(`${POSLOG_HEAD}${transactions.join('\n')}${POSLOG_TAIL}`))).toEqual([]);
  // None of the words stands here for nothing.
  expect(Object.keys(GRAMMAR).filter((name) => name !== 'POSLog' && !seen.has(name))).toEqual([]);
});

test('what stands in another order, or under another word, is found', () => {
  const line =
    '<LineItem><Tax TaxType="Sales"><TaxableAmount></TaxableAmount><Amount></Amount></Tax><SequenceNumber></SequenceNumber></LineItem>';
  expect(faultsOf(parse(line))).toEqual(['LineItem: Tax SequenceNumber ']);
  expect(faultsOf(parse('<Customer><CustomerID Kind="x"></CustomerID></Customer>'))).toEqual(['CustomerID Kind']);
});
