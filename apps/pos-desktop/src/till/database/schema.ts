/**
 * The till's own tables in drizzle's words, for everything that is not a hot path. The truth is the SQL of the migrations;
 * `schema.test.ts` compares the two. Sync's tables are sync's business; `search_text` is a virtual table that drizzle cannot say.
 */
import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const lane = sqliteTable('lane', {
  id: integer('id').primaryKey(),
  hubUrl: text('hub_url'),
  enrolmentCode: text('enrolment_code'),
  receiptsEpoch: text('receipts_epoch'),
  receiptsCounter: integer('receipts_counter').notNull().default(0),
  agreedTimeMs: integer('agreed_time_ms').notNull().default(0),
  lastCompleted: text('last_completed'),
  lastContactMs: integer('last_contact_ms'),
  lanPort: integer('lan_port'),
  neighbours: text('neighbours').notNull().default('[]'),
  agreedOffsetMs: integer('agreed_offset_ms'),
  devices: text('devices').notNull().default('[]'),
  seenSettings: text('seen_settings'),
  isTraining: integer('is_training').notNull().default(0),
  trainingEpoch: text('training_epoch'),
  trainingCounter: integer('training_counter').notNull().default(0),
  invoicesEpoch: text('invoices_epoch'),
  invoicesCounter: integer('invoices_counter').notNull().default(0),
  practisedFromEpoch: text('practised_from_epoch'),
  practisedFromSeq: integer('practised_from_seq').notNull().default(0),
  lostBasket: integer('lost_basket').notNull().default(0),
});

export const tenderSignature = sqliteTable(
  'tender_signature',
  {
    basketId: text('basket_id').notNull(),
    tenderNo: integer('tender_no').notNull(),
    receiptNumber: text('receipt_number'),
    tender: integer('tender'),
    how: text('how').notNull(),
    strokes: text('strokes'),
    atMs: integer('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.basketId, table.tenderNo] })],
);

export const printJob = sqliteTable('print_job', {
  jobNo: integer('job_no').primaryKey(),
  printOrder: text('print_order').notNull(),
  hasBegun: integer('has_begun').notNull().default(0),
});

export const drawer = sqliteTable('drawer', {
  drawer: text('drawer').primaryKey(),
  shift: integer('shift').notNull(),
  businessDate: text('business_date'),
  fromEpoch: text('from_epoch'),
  fromSeq: integer('from_seq').notNull(),
  perpetualMinor: integer('perpetual_minor').notNull(),
  isOpened: integer('is_opened').notNull().default(0),
  rolledFrom: text('rolled_from'),
});

export const terminalPayment = sqliteTable('terminal_payment', {
  number: integer('number').primaryKey(),
  paymentId: text('payment_id').notNull().unique(),
  state: text('state').notNull(),
  basketId: text('basket_id'),
  wish: text('wish').notNull(),
  mark: text('mark'),
  approved: text('approved'),
  isBooked: integer('is_booked').notNull().default(0),
  receiptNumber: text('receipt_number'),
  offline: text('offline'),
  isSettled: integer('is_settled').notNull().default(0),
  atMs: integer('at_ms').notNull(),
});

export const session = sqliteTable('session', {
  id: integer('id').primaryKey(),
  user: text('user'),
  isLocked: integer('is_locked').notNull(),
});

export const attendanceMark = sqliteTable(
  'attendance_mark',
  {
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    seq: integer('seq').notNull(),
    person: text('person').notNull(),
    act: text('act').notNull(),
    atMs: integer('at_ms').notNull(),
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.device, table.epoch, table.seq] })],
);

export const signOnFailure = sqliteTable('sign_on_failure', {
  user: text('user').primaryKey(),
  failures: integer('failures').notNull(),
  passcode: text('passcode').notNull(),
});

export const basket = sqliteTable('basket', {
  number: integer('number').primaryKey(),
  basketId: text('basket_id').notNull(),
  state: text('state', { enum: ['open', 'suspended', 'completed', 'voided'] }).notNull(),
  openedAtMs: integer('opened_at_ms').notNull(),
  changedAtMs: integer('changed_at_ms').notNull(),
  opening: text('opening'),
  cutAt: integer('cut_at'),
  cutHubEpoch: text('cut_hub_epoch'),
  cutLsn: integer('cut_lsn'),
  receiptNumber: text('receipt_number'),
  entryEpoch: text('entry_epoch'),
  entrySeq: integer('entry_seq'),
  closing: text('closing'),
  isTraining: integer('is_training').notNull().default(0),
});

export const basketEvent = sqliteTable('basket_event', {
  id: integer('id').primaryKey(),
  event: text('event').notNull(),
});

export const givenReply = sqliteTable('given_reply', {
  slot: integer('slot').primaryKey(),
  number: integer('number').notNull(),
  requestId: text('request_id').notNull(),
  reply: text('reply').notNull(),
});

export const stock = sqliteTable(
  'stock',
  { sku: text('sku').notNull(), unit: text('unit').notNull(), moved: integer('moved').notNull() },
  (table) => [primaryKey({ columns: [table.sku, table.unit] })],
);

export const stockFolded = sqliteTable('stock_folded', {
  epoch: text('epoch').primaryKey(),
  seq: integer('seq').notNull(),
});

export const promotionUseOwn = sqliteTable(
  'promotion_use_own',
  {
    epoch: text('epoch').notNull(),
    seq: integer('seq').notNull(),
    promotionId: text('promotion_id').notNull(),
    customerId: text('customer_id').notNull(),
    uses: integer('uses').notNull(),
    usedMinor: integer('used_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.seq, table.promotionId, table.customerId] })],
);

export const saleReturn = sqliteTable('sale_return', {
  id: integer('id').primaryKey(),
  receiptNumber: text('receipt_number').notNull(),
  fields: text('fields').notNull(),
  atMs: integer('at_ms'),
});

export const tenderReversal = sqliteTable(
  'tender_reversal',
  { receiptNumber: text('receipt_number').notNull(), tender: integer('tender').notNull() },
  (table) => [primaryKey({ columns: [table.receiptNumber, table.tender] })],
);

export const toldReturn = sqliteTable('told_return', {
  receiptNumber: text('receipt_number').primaryKey(),
  answer: text('answer').notNull(),
  toldAtMs: integer('told_at_ms').notNull(),
  source: text('source', { enum: ['hub', 'seller', 'copies'] })
    .notNull()
    .default('hub'),
  soldByStore: text('sold_by_store'),
  isAccepted: integer('is_accepted').notNull().default(0),
});

export const uncountedSale = sqliteTable('uncounted_sale', { epoch: text('epoch').notNull(), seq: integer('seq').notNull() }, (table) => [
  primaryKey({ columns: [table.epoch, table.seq] }),
]);

export const daySales = sqliteTable(
  'day_sales',
  {
    epoch: text('epoch').notNull(),
    businessDate: text('business_date').notNull(),
    currency: text('currency').notNull(),
    fromSeq: integer('from_seq').notNull(),
    toSeq: integer('to_seq').notNull(),
    sales: integer('sales').notNull(),
    totalMinor: integer('total_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.businessDate, table.currency] })],
);

export const storeWish = sqliteTable(
  'store_wish',
  {
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    seq: integer('seq').notNull(),
    type: integer('type').notNull(),
    key: text('key').notNull(),
    fields: text('fields').notNull(),
    reason: text('reason').notNull(),
    atMs: integer('at_ms').notNull(),
    isOver: integer('is_over').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.device, table.epoch, table.seq] })],
);

export const heldRight = sqliteTable('held_right', {
  grantId: text('grant_id').primaryKey(),
  account: text('account').notNull(),
  reference: text('reference').notNull(),
  currency: text('currency').notNull(),
  leftMinor: integer('left_minor').notNull(),
  expiresAtMs: integer('expires_at_ms').notNull(),
  device: text('device').notNull().default(''),
});

export const rightSpending = sqliteTable(
  'right_spending',
  {
    epoch: text('epoch').notNull(),
    seq: integer('seq').notNull(),
    account: text('account').notNull(),
    reference: text('reference').notNull(),
    currency: text('currency').notNull(),
    amountMinor: integer('amount_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.account, table.reference, table.currency, table.epoch, table.seq] })],
);

const suspension = { epoch: text('epoch').notNull(), seq: integer('seq').notNull() };

export const siblingSale = sqliteTable(
  'sibling_sale',
  {
    receiptNumber: text('receipt_number').notNull(),
    device: text('device').notNull(),
    entryId: integer('entry_id').notNull(),
    atMs: integer('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.receiptNumber, table.device, table.entryId] })],
);

export const siblingReturn = sqliteTable(
  'sibling_return',
  { receiptNumber: text('receipt_number').notNull(), entryId: integer('entry_id').notNull() },
  (table) => [primaryKey({ columns: [table.receiptNumber, table.entryId] })],
);

export const siblingInvoice = sqliteTable(
  'sibling_invoice',
  { receiptNumber: text('receipt_number').notNull(), entryId: integer('entry_id').notNull() },
  (table) => [primaryKey({ columns: [table.receiptNumber, table.entryId] })],
);

export const siblingBasket = sqliteTable(
  'sibling_basket',
  {
    device: text('device').notNull(),
    ...suspension,
    basketId: text('basket_id').notNull(),
    atMs: integer('at_ms').notNull(),
    businessDate: text('business_date').notNull(),
    content: text('content').notNull(),
    cutAt: integer('cut_at'),
    isGiven: integer('is_given').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.device, table.epoch, table.seq] })],
);

export const endedSuspension = sqliteTable('ended_suspension', { device: text('device').notNull(), ...suspension }, (table) => [
  primaryKey({ columns: [table.device, table.epoch, table.seq] }),
]);

export const ownSuspension = sqliteTable(
  'own_suspension',
  { ...suspension, basketId: text('basket_id').notNull(), state: text('state').notNull(), device: text('device') },
  (table) => [primaryKey({ columns: [table.epoch, table.seq] })],
);

export const takenOver = sqliteTable('taken_over', { ...suspension, device: text('device').notNull() }, (table) => [
  primaryKey({ columns: [table.epoch, table.seq, table.device] }),
]);

export const givenReturn = sqliteTable('given_return', {
  receiptNumber: text('receipt_number').primaryKey(),
  device: text('device').notNull(),
  atMs: integer('at_ms').notNull(),
  isAccepted: integer('is_accepted').notNull().default(0),
});

export const searchItem = sqliteTable('search_item', {
  docid: integer('docid').primaryKey(),
  sku: text('sku').notNull().unique(),
  folded: text('folded').notNull(),
  category: text('category'),
  tileRank: integer('tile_rank').notNull(),
  picture: text('picture'),
  style: text('style'),
});

export const searchCount = sqliteTable('search_count', {
  id: integer('id').primaryKey(),
  items: integer('items').notNull(),
});

export const audit = sqliteTable('audit', {
  id: integer('id').primaryKey(),
  doneAtMs: integer('done_at_ms'),
  checkpoint: text('checkpoint'),
});

export const fiscalTransaction = sqliteTable('fiscal_transaction', {
  no: integer('no').primaryKey(),
  basketId: text('basket_id').notNull(),
  receiptNumber: text('receipt_number').unique(),
  regime: text('regime').notNull(),
  state: text('state').notNull(),
  transactionNo: integer('transaction_no'),
  type: text('type').notNull().default(''),
  data: text('data').notNull().default(''),
  signature: text('signature'),
});

export const invoice = sqliteTable('invoice', {
  invoiceNumber: text('invoice_number').primaryKey(),
  receiptNumber: text('receipt_number').notNull().unique(),
  creditOf: text('credit_of'),
  buyer: text('buyer'),
  atMs: integer('at_ms').notNull(),
});

export const carriedSales = sqliteTable(
  'carried_sales',
  {
    epoch: text('epoch').notNull(),
    currency: text('currency').notNull(),
    sales: integer('sales').notNull(),
    totalMinor: integer('total_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.currency] })],
);

export const unprintedReceipt = sqliteTable('unprinted_receipt', {
  receiptNumber: text('receipt_number').primaryKey(),
});

export const ownCustomer = sqliteTable('own_customer', {
  customer: text('customer').primaryKey(),
  initials: text('initials').notNull(),
  language: text('language'),
  keyNumber: integer('key_number').notNull(),
  sealed: blob('sealed', { mode: 'buffer' }),
  atMs: integer('at_ms').notNull(),
});

export const ownCustomerCode = sqliteTable('own_customer_code', {
  code: text('code').primaryKey(),
  customer: text('customer').notNull(),
});

export const migration = sqliteTable(
  'migration',
  {
    source: text('source').notNull(),
    number: integer('number').notNull(),
    name: text('name').notNull(),
    appliedAtMs: integer('applied_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.number] })],
);
