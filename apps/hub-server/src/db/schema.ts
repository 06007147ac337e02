/** The tables as drizzle sees them. The migrations make them; a test compares the two, column by column. */
import { bigint, boolean, customType, integer, jsonb, numeric, pgTable, primaryKey, text } from './drizzle.ts';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const int8 = (name: string) => bigint(name, { mode: 'number' });

export const hub = pgTable('hub', {
  id: integer('id').primaryKey(),
  hubEpoch: text('hub_epoch').notNull(),
  signingKey: bytea('signing_key').notNull(),
  createdAtMs: int8('created_at_ms').notNull(),
  publicKey: bytea('public_key'),
  sealedKey: bytea('sealed_key'),
});

export const companyKey = pgTable(
  'company_key',
  {
    tenantNo: integer('tenant_no').notNull(),
    kind: text('kind').notNull(),
    name: text('name').notNull(),
    publicKey: bytea('public_key'),
    sealed: bytea('sealed'),
    createdAtMs: int8('created_at_ms').notNull(),
    forgottenAtMs: int8('forgotten_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.kind, table.name] })],
);

export const tenant = pgTable('tenant', {
  tenantNo: integer('tenant_no').primaryKey(),
  tenant: text('tenant').notNull(),
  lsn: int8('lsn').notNull(),
  historyHash: text('history_hash').notNull(),
  deviceCalls: int8('device_calls').notNull().default(0),
});

export const store = pgTable(
  'store',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    name: text('name').notNull(),
    zone: text('zone').notNull(),
    currency: text('currency').notNull(),
    timeZone: text('time_zone').notNull(),
    taxInclusive: boolean('tax_inclusive').notNull(),
    address: text('address').notNull(),
    createdAtMs: int8('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store] })],
);

export const device = pgTable('device', {
  device: text('device').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  store: text('store').notNull(),
  lane: integer('lane').notNull(),
  name: text('name').notNull(),
  role: text('role', { enum: ['lane', 'kiosk', 'office'] })
    .notNull()
    .default('lane'),
  publicKey: bytea('public_key').notNull(),
  tokenHash: bytea('token_hash').notNull(),
  enrolledAtMs: int8('enrolled_at_ms').notNull(),
  lastSeenMs: int8('last_seen_ms'),
  waitingEntries: int8('waiting_entries').notNull().default(0),
  waitingSales: int8('waiting_sales').notNull().default(0),
  waitingAtMs: int8('waiting_at_ms'),
  clockOffsetMs: int8('clock_offset_ms'),
  receivedEntries: int8('received_entries').notNull().default(0),
  setAside: integer('set_aside').notNull().default(0),
  wipeOrderedAtMs: int8('wipe_ordered_at_ms'),
  wipeHandedOverAtMs: int8('wipe_handed_over_at_ms'),
  wipeHeads: jsonb('wipe_heads'),
  branches: integer('branches').notNull().default(0),
  gone: text('gone', { enum: ['replaced', 'stolen'] }),
  settledEpoch: text('settled_epoch'),
  heldLsn: int8('held_lsn'),
  toldLsn: int8('told_lsn'),
  toldAtMs: int8('told_at_ms'),
  forked: boolean('forked').notNull().default(false),
  nothingWaitedAtMs: int8('nothing_waited_at_ms'),
});

export const deviceTally = pgTable('device_tally', {
  device: text('device').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  receivedEntries: int8('received_entries').notNull(),
  setAside: integer('set_aside').notNull(),
});

export const hubEpoch = pgTable('hub_epoch', {
  hubEpoch: text('hub_epoch').primaryKey(),
  parent: text('parent').notNull(),
  forkLsn: int8('fork_lsn').notNull(),
  mintedAtMs: int8('minted_at_ms').notNull(),
  device: text('device').notNull(),
  sharedLsn: int8('shared_lsn').notNull().default(0),
});

export const authority = pgTable('authority', {
  tenantNo: integer('tenant_no').primaryKey(),
  privateKey: bytea('private_key').notNull(),
  certificate: bytea('certificate').notNull(),
});

export const deviceCertificate = pgTable('device_certificate', {
  serial: text('serial').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  device: text('device').notNull(),
  lanKey: bytea('lan_key').notNull(),
  certificate: bytea('certificate').notNull(),
  issuedAtMs: int8('issued_at_ms').notNull(),
});

export const revocation = pgTable(
  'revocation',
  {
    tenantNo: integer('tenant_no').notNull(),
    number: integer('number').notNull(),
    device: text('device').notNull(),
    serial: text('serial').notNull(),
    reason: text('reason', { enum: ['rotated', 'replaced', 'stolen'] }).notNull(),
    heads: jsonb('heads').notNull(),
    revokedAtMs: int8('revoked_at_ms').notNull(),
    shownBy: text('shown_by'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.number] })],
);

export const countersignature = pgTable(
  'countersignature',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    seq: int8('seq').notNull(),
    hash: bytea('hash').notNull(),
    witness: text('witness').notNull(),
    signature: bytea('signature').notNull(),
    receivedAtMs: int8('received_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.epoch, table.seq, table.hash, table.witness] })],
);

export const picture = pgTable(
  'picture',
  {
    tenantNo: integer('tenant_no').notNull(),
    hash: text('hash').notNull(),
    bytes: bytea('bytes').notNull(),
    createdAtMs: int8('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.hash] })],
);

export const enrolmentCode = pgTable('enrolment_code', {
  codeHash: bytea('code_hash').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  store: text('store').notNull(),
  lane: integer('lane'),
  name: text('name'),
  role: text('role', { enum: ['lane', 'kiosk', 'office'] })
    .notNull()
    .default('lane'),
  expiresAtMs: int8('expires_at_ms').notNull(),
  device: text('device'),
});

export const ledgerGap = pgTable(
  'ledger_gap',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    store: text('store').notNull(),
    epoch: text('epoch').notNull(),
    beforeEpoch: text('before_epoch').notNull(),
    beforeSeq: int8('before_seq').notNull(),
    beforeHash: bytea('before_hash').notNull(),
    sinceMs: int8('since_ms').notNull(),
    lastAtMs: int8('last_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device] })],
);

export const ledgerEpoch = pgTable(
  'ledger_epoch',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    parentEpoch: text('parent_epoch'),
    parentSeq: int8('parent_seq'),
    parentHash: bytea('parent_hash'),
    headSeq: int8('head_seq').notNull(),
    headHash: bytea('head_hash').notNull(),
    signedSeq: int8('signed_seq').notNull(),
    signature: bytea('signature').notNull(),
    firstReceivedAtMs: int8('first_received_at_ms').notNull(),
    safeSeq: int8('safe_seq').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.epoch] })],
);

/** Where an entry stands: the first columns of the ledger and of everything that is folded out of it. */
const place = {
  tenantNo: integer('tenant_no').notNull(),
  device: text('device').notNull(),
  epoch: text('epoch').notNull(),
  seq: int8('seq').notNull(),
  branch: text('branch').notNull(),
};

export const ledgerEntry = pgTable(
  'ledger_entry',
  {
    ...place,
    store: text('store').notNull(),
    kind: int8('kind').notNull(),
    hash: bytea('hash').notNull(),
    receivedAtMs: int8('received_at_ms').notNull(),
    canonical: bytea('canonical').notNull(),
    entryNo: int8('entry_no').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.epoch, table.seq, table.branch] })],
);

/** Runs of old entries; `ledger_held` reads both. */
export const ledgerArchive = pgTable(
  'ledger_archive',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    fromSeq: int8('from_seq').notNull(),
    toSeq: int8('to_seq').notNull(),
    store: text('store').notNull(),
    fromNo: int8('from_no').notNull(),
    toNo: int8('to_no').notNull(),
    address: bytea('address').notNull(),
    headHash: bytea('head_hash').notNull(),
    signature: bytea('signature').notNull(),
    archivedAtMs: int8('archived_at_ms').notNull(),
    kinds: int8('kinds').array().notNull(),
    receivedAtMs: int8('received_at_ms').array().notNull(),
    entryNos: int8('entry_nos').array().notNull(),
    starts: integer('starts').array().notNull(),
    lengths: integer('lengths').array().notNull(),
    canonicals: bytea('canonicals').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.epoch, table.fromSeq] })],
);

export const ledgerRun = pgTable('ledger_run', {
  runNo: int8('run_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  device: text('device').notNull(),
  store: text('store').notNull(),
  lane: integer('lane').notNull(),
  epoch: text('epoch').notNull(),
  firstSeq: int8('first_seq').notNull(),
  count: integer('count').notNull(),
  skip: integer('skip').notNull(),
  branch: boolean('branch').notNull(),
  receivedAtMs: int8('received_at_ms').notNull(),
  failure: text('failure'),
  frame: bytea('frame').notNull(),
});

export const ledgerSequence = pgTable('ledger_sequence', {
  id: integer('id').primaryKey(),
  entryNo: int8('entry_no').notNull(),
});

export const setAside = pgTable('set_aside', {
  entryNo: int8('entry_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  device: text('device').notNull(),
  reason: text('reason').notNull(),
  sinceMs: int8('since_ms').notNull(),
  applied: jsonb('applied'),
});

export const sale = pgTable('sale', {
  entryNo: int8('entry_no').primaryKey(),
  ...place,
  store: text('store').notNull(),
  lane: integer('lane').notNull(),
  receiptNumber: text('receipt_number').notNull(),
  atMs: int8('at_ms').notNull(),
  businessDate: text('business_date').notNull(),
  currency: text('currency').notNull(),
  totalMinor: int8('total_minor').notNull(),
  lineCount: integer('line_count').notNull(),
  kind: text('kind', { enum: ['sale', 'return'] }).notNull(),
  training: boolean('training').notNull(),
  externalReference: text('external_reference'),
  receivedAtMs: int8('received_at_ms').notNull(),
});

export const saleSum = pgTable(
  'sale_sum',
  {
    tenantNo: integer('tenant_no').notNull(),
    businessDate: text('business_date').notNull(),
    store: text('store').notNull(),
    quarterHour: int8('quarter_hour').notNull(),
    currency: text('currency').notNull(),
    kind: text('kind').notNull(),
    sales: int8('sales').notNull(),
    totalMinor: numeric('total_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.businessDate, table.store, table.quarterHour, table.currency, table.kind] })],
);

export const saleLine = pgTable(
  'sale_line',
  {
    entryNo: int8('entry_no').notNull(),
    tenantNo: integer('tenant_no').notNull(),
    line: integer('line').notNull(),
    sku: text('sku').notNull(),
    unit: text('unit').notNull(),
    quantity: int8('quantity').notNull(),
    /** The line's net. */
    amountMinor: int8('amount_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.entryNo, table.line] })],
);

export const returnLine = pgTable(
  'return_line',
  {
    entryNo: int8('entry_no').notNull(),
    line: integer('line').notNull(),
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    receiptNumber: text('receipt_number').notNull(),
    sku: text('sku').notNull(),
    unit: text('unit').notNull(),
    quantity: int8('quantity').notNull(),
    unverified: boolean('unverified').notNull(),
  },
  (table) => [primaryKey({ columns: [table.entryNo, table.line] })],
);

export const unlistedLine = pgTable(
  'unlisted_line',
  {
    entryNo: int8('entry_no').notNull(),
    line: integer('line').notNull(),
    tenantNo: integer('tenant_no').notNull(),
    code: text('code').notNull(),
    sku: text('sku').notNull(),
    quantity: int8('quantity').notNull(),
    amountMinor: int8('amount_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.entryNo, table.line] })],
);

export const cardPayment = pgTable(
  'card_payment',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    paymentId: text('payment_id').notNull(),
    store: text('store').notNull(),
    lane: integer('lane').notNull(),
    firstPaidNo: int8('first_paid_no'),
    lastPaidNo: int8('last_paid_no'),
    offlineNo: int8('offline_no'),
    forwardedNo: int8('forwarded_no'),
    declinedNo: int8('declined_no'),
    unknownNo: int8('unknown_no'),
    endedNo: int8('ended_no'),
    stuckNo: int8('stuck_no'),
    clearedNo: int8('cleared_no'),
    note: text('note'),
    notedBy: text('noted_by'),
    notedAtMs: int8('noted_at_ms'),
    isSettled: boolean('is_settled').notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.paymentId] })],
);

export const cardPaymentsBegin = pgTable('card_payments_begin', { id: integer('id').primaryKey(), entryNo: int8('entry_no').notNull() });

export const stock = pgTable(
  'stock',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    sku: text('sku').notNull(),
    unit: text('unit').notNull(),
    onHand: numeric('on_hand').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store, table.sku, table.unit] })],
);

export const stockCount = pgTable(
  'stock_count',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    sku: text('sku').notNull(),
    unit: text('unit').notNull(),
    entryNo: int8('entry_no').notNull(),
    hash: text('hash').notNull(),
    atMs: int8('at_ms').notNull(),
    quantity: int8('quantity').notNull(),
    fromMs: int8('from_ms'),
    toMs: int8('to_ms').notNull(),
    countedDevice: text('counted_device'),
    countedEpoch: text('counted_epoch'),
    countedSeq: int8('counted_seq'),
    movedBefore: numeric('moved_before').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store, table.sku, table.unit] })],
);

export const stockCountLedger = pgTable(
  'stock_count_ledger',
  {
    tenantNo: integer('tenant_no').notNull(),
    entryNo: int8('entry_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    seenSeq: int8('seen_seq').notNull(),
    countedSeq: int8('counted_seq').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.entryNo, table.device, table.epoch] })],
);

export const stockUnclear = pgTable(
  'stock_unclear',
  {
    tenantNo: integer('tenant_no').notNull(),
    countNo: int8('count_no').notNull(),
    entryNo: int8('entry_no').notNull(),
    store: text('store').notNull(),
    sku: text('sku').notNull(),
    unit: text('unit').notNull(),
    moved: numeric('moved').notNull(),
    decision: text('decision'),
    decidedBy: text('decided_by'),
    decidedAtMs: int8('decided_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.countNo, table.entryNo, table.sku, table.unit] })],
);

export const stockCountsBegin = pgTable('stock_counts_begin', { id: integer('id').primaryKey(), entryNo: int8('entry_no').notNull() });

export const accountMovement = pgTable(
  'account_movement',
  {
    entryNo: int8('entry_no').notNull(),
    number: integer('number').notNull(),
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    seq: int8('seq').notNull(),
    kind: int8('kind').notNull(),
    store: text('store').notNull(),
    receivedAtMs: int8('received_at_ms').notNull(),
    account: text('account').notNull(),
    reference: text('reference').notNull(),
    currency: text('currency').notNull(),
    amountMinor: int8('amount_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.entryNo, table.number] })],
);

export const accountBalance = pgTable(
  'account_balance',
  {
    tenantNo: integer('tenant_no').notNull(),
    account: text('account').notNull(),
    reference: text('reference').notNull(),
    currency: text('currency').notNull(),
    balanceMinor: numeric('balance_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.account, table.reference, table.currency] })],
);

export const accountHold = pgTable(
  'account_hold',
  {
    tenantNo: integer('tenant_no').notNull(),
    account: text('account').notNull(),
    reference: text('reference').notNull(),
    currency: text('currency').notNull(),
    device: text('device').notNull(),
    amountMinor: int8('amount_minor').notNull(),
    heldAtMs: int8('held_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.account, table.reference, table.currency, table.device] })],
);

export const accountGrant = pgTable('account_grant', {
  grantId: text('grant_id').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  account: text('account').notNull(),
  reference: text('reference').notNull(),
  currency: text('currency').notNull(),
  device: text('device').notNull(),
  amountMinor: int8('amount_minor').notNull(),
  leftMinor: int8('left_minor').notNull(),
  grantedAtMs: int8('granted_at_ms').notNull(),
  expiresAtMs: int8('expires_at_ms').notNull(),
  accepted: boolean('accepted').notNull().default(false),
  ended: text('ended', { enum: ['released', 'unaccepted', 'writtenOff'] }),
  endedAtMs: int8('ended_at_ms'),
  endedBy: text('ended_by'),
});

export const returnHold = pgTable(
  'return_hold',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    receiptNumber: text('receipt_number').notNull(),
    device: text('device').notNull(),
    heldAtMs: int8('held_at_ms').notNull(),
    accepted: boolean('accepted').notNull().default(false),
    askedEpoch: text('asked_epoch'),
    askedSeq: int8('asked_seq'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store, table.receiptNumber] })],
);

export const promotionUse = pgTable(
  'promotion_use',
  {
    tenantNo: integer('tenant_no').notNull(),
    promotionId: text('promotion_id').notNull(),
    /** Empty: all together. */
    customer: text('customer').notNull(),
    device: text('device').notNull(),
    uses: numeric('uses').notNull(),
    discountMinor: numeric('discount_minor').notNull(),
    toldUses: numeric('told_uses').notNull().default('0'),
    toldDiscountMinor: numeric('told_discount_minor').notNull().default('0'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.promotionId, table.customer, table.device] })],
);

export const usesCounted = pgTable(
  'uses_counted',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    seq: int8('seq').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.epoch] })],
);

export const standingsBegin = pgTable('standings_begin', { id: integer('id').primaryKey(), entryNo: int8('entry_no').notNull() });

export const pointsEarned = pgTable(
  'points_earned',
  {
    tenantNo: integer('tenant_no').notNull(),
    customer: text('customer').notNull(),
    businessDate: text('business_date').notNull(),
    points: numeric('points').notNull(),
    judgedPoints: numeric('judged_points').notNull().default('0'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.customer, table.businessDate] })],
);

export const urgentPublication = pgTable(
  'urgent_publication',
  {
    tenantNo: integer('tenant_no').notNull(),
    lsn: int8('lsn').notNull(),
    scope: text('scope').notNull(),
    refs: jsonb('refs').notNull(),
    sealedRefs: jsonb('sealed_refs'),
    publishedAtMs: int8('published_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.lsn, table.scope] })],
);

export const publication = pgTable(
  'publication',
  {
    tenantNo: integer('tenant_no').notNull(),
    lsn: int8('lsn').notNull(),
    historyHash: text('history_hash').notNull(),
    publishedAtMs: int8('published_at_ms').notNull(),
    source: text('source').notNull(),
    minReader: integer('min_reader'),
    actor: text('actor'),
    made: integer('made').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.lsn] })],
);

export const entityChange = pgTable(
  'entity_change',
  {
    tenantNo: integer('tenant_no').notNull(),
    lsn: int8('lsn').notNull(),
    type: integer('type').notNull(),
    key: text('key').notNull(),
    scope: text('scope').notNull(),
    before: jsonb('before'),
    after: jsonb('after'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.key, table.type, table.scope, table.lsn] })],
);

export const rollout = pgTable(
  'rollout',
  {
    tenantNo: integer('tenant_no').notNull(),
    rolloutNo: int8('rollout_no').notNull(),
    name: text('name').notNull(),
    changes: jsonb('changes').notNull(),
    waves: jsonb('waves').notNull(),
    reached: integer('reached').notNull(),
    state: text('state').notNull(),
    reason: text('reason'),
    before: jsonb('before').notNull(),
    changedAtMs: int8('changed_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.rolloutNo] })],
);

export const priceCampaign = pgTable(
  'price_campaign',
  {
    tenantNo: integer('tenant_no').notNull(),
    campaignNo: int8('campaign_no').notNull(),
    name: text('name').notNull(),
    state: text('state').notNull(),
    version: int8('version').notNull(),
    createdBy: text('created_by').notNull(),
    submittedBy: text('submitted_by'),
    submittedAtMs: int8('submitted_at_ms'),
    approvedBy: text('approved_by'),
    approvedAtMs: int8('approved_at_ms'),
    note: text('note'),
    lsn: int8('lsn'),
    changedAtMs: int8('changed_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.campaignNo] })],
);

export const priceCampaignLine = pgTable(
  'price_campaign_line',
  {
    tenantNo: integer('tenant_no').notNull(),
    campaignNo: int8('campaign_no').notNull(),
    line: text('line').notNull(),
    content: jsonb('content'),
    version: int8('version').notNull(),
    byWhom: text('by_whom').notNull(),
    atMs: int8('at_ms').notNull(),
    overtaken: jsonb('overtaken'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.campaignNo, table.line] })],
);

/** By which hubs work; their passwords are sealed (`db/row-security.ts`). */
export const databaseLogin = pgTable('database_login', {
  login: text('login').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  password: bytea('password').notNull(),
});

export const entity = pgTable(
  'entity',
  {
    tenantNo: integer('tenant_no').notNull(),
    type: integer('type').notNull(),
    generation: integer('generation').notNull(),
    alive: boolean('alive').notNull(),
    lsn: int8('lsn').notNull(),
    existenceLsn: int8('existence_lsn').notNull(),
    baseLsn: int8('base_lsn').notNull(),
    key: text('key').notNull(),
    scope: text('scope').notNull(),
    fields: jsonb('fields').notNull(),
    stamps: jsonb('stamps').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.key, table.type, table.scope] })],
);

export const segmentRun = pgTable(
  'segment_run',
  {
    tenantNo: integer('tenant_no').notNull(),
    scope: text('scope').notNull(),
    codec: integer('codec').notNull(),
    fromLsn: int8('from_lsn').notNull(),
    toLsn: int8('to_lsn').notNull(),
    entities: int8('entities').notNull(),
    refs: jsonb('refs').notNull(),
    builtAtMs: int8('built_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.scope, table.codec, table.fromLsn, table.toLsn] })],
);

export const segment = pgTable(
  'segment',
  {
    hash: text('hash').notNull(),
    tenantNo: integer('tenant_no').notNull(),
    scope: text('scope').notNull(),
    frame: bytea('frame').notNull(),
    builtAtMs: int8('built_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.hash] })],
);

export const passcodeSecret = pgTable(
  'passcode_secret',
  {
    tenantNo: integer('tenant_no').notNull(),
    number: integer('number').notNull(),
    secret: bytea('secret').notNull(),
    createdAtMs: int8('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.number] })],
);

export const policyVersion = pgTable(
  'policy_version',
  {
    tenantNo: integer('tenant_no').notNull(),
    type: integer('type').notNull(),
    key: text('key').notNull(),
    scope: text('scope').notNull(),
    lsn: int8('lsn').notNull(),
    fields: jsonb('fields'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.type, table.key, table.scope, table.lsn] })],
);

export const ledgerException = pgTable(
  'ledger_exception',
  {
    entryNo: int8('entry_no').notNull(),
    number: integer('number').notNull(),
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    seq: int8('seq').notNull(),
    store: text('store').notNull(),
    kind: int8('kind').notNull(),
    action: text('action').notNull(),
    because: text('because').notNull(),
    operator: text('operator').notNull(),
    approver: text('approver'),
    amount: int8('amount'),
    line: integer('line'),
    wasAllowed: boolean('was_allowed').notNull(),
    isAllowedToday: boolean('is_allowed_today').notNull(),
    atMs: int8('at_ms').notNull(),
    receivedAtMs: int8('received_at_ms').notNull(),
    clearedBy: text('cleared_by'),
    clearedAtMs: int8('cleared_at_ms'),
    note: text('note'),
  },
  (table) => [primaryKey({ columns: [table.entryNo, table.number] })],
);

export const storeRequest = pgTable('store_request', {
  entryNo: int8('entry_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  device: text('device').notNull(),
  epoch: text('epoch').notNull(),
  seq: int8('seq').notNull(),
  store: text('store').notNull(),
  operator: text('operator').notNull(),
  type: integer('type').notNull(),
  key: text('key').notNull(),
  fields: jsonb('fields').notNull(),
  reason: text('reason').notNull(),
  basedOnEpoch: text('based_on_epoch').notNull(),
  basedOnLsn: int8('based_on_lsn').notNull(),
  atMs: int8('at_ms').notNull(),
  receivedAtMs: int8('received_at_ms').notNull(),
  state: text('state', { enum: ['waiting', 'accepted', 'refused', 'conflict'] }).notNull(),
  rule: text('rule'),
  differsToday: boolean('differs_today').notNull().default(false),
  lsn: int8('lsn'),
});

export const conflict = pgTable('conflict', {
  conflictNo: int8('conflict_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  entryNo: int8('entry_no'),
  store: text('store').notNull(),
  type: integer('type').notNull(),
  key: text('key').notNull(),
  rule: text('rule').notNull(),
  ours: jsonb('ours').notNull(),
  theirs: jsonb('theirs'),
  raisedAtMs: int8('raised_at_ms').notNull(),
  answer: text('answer', { enum: ['accept', 'correct', 'retry'] }),
  answeredBy: text('answered_by'),
  answeredAtMs: int8('answered_at_ms'),
});

export const shiftSpan = pgTable(
  'shift_span',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    device: text('device').notNull(),
    lane: integer('lane').notNull(),
    epoch: text('epoch').notNull(),
    branch: boolean('branch').notNull(),
    drawer: text('drawer').notNull(),
    shift: int8('shift').notNull(),
    businessDate: text('business_date').notNull(),
    firstSeq: int8('first_seq').notNull(),
    lastSeq: int8('last_seq').notNull(),
    lastAtMs: int8('last_at_ms').notNull(),
    closeSeq: int8('close_seq'),
    sums: jsonb('sums'),
    sumsSeq: int8('sums_seq'),
    differences: integer('differences'),
  },
  (table) => [
    primaryKey({ columns: [table.tenantNo, table.device, table.epoch, table.branch, table.drawer, table.shift, table.businessDate] }),
  ],
);

export const safeMovement = pgTable('safe_movement', {
  entryNo: int8('entry_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  store: text('store').notNull(),
  device: text('device').notNull(),
  lane: integer('lane').notNull(),
  epoch: text('epoch').notNull(),
  seq: int8('seq').notNull(),
  act: text('act').notNull(),
  currency: text('currency').notNull(),
  amountMinor: int8('amount_minor').notNull(),
  countedMinor: int8('counted_minor'),
  reference: text('reference'),
  operator: text('operator').notNull(),
  businessDate: text('business_date').notNull(),
  atMs: int8('at_ms').notNull(),
});

export const attendanceMark = pgTable('attendance_mark', {
  entryNo: int8('entry_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  store: text('store').notNull(),
  lane: integer('lane').notNull(),
  person: text('person').notNull(),
  act: text('act').notNull(),
  atMs: int8('at_ms').notNull(),
  statedBy: text('stated_by'),
  reason: text('reason'),
});

export const storeDay = pgTable(
  'store_day',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    businessDate: text('business_date').notNull(),
    closedAtMs: int8('closed_at_ms').notNull(),
    closedBy: text('closed_by').notNull(),
    content: jsonb('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store, table.businessDate] })],
);

export const storeDaysBegin = pgTable('store_days_begin', { id: integer('id').primaryKey(), entryNo: int8('entry_no').notNull() });

export const documentPiece = pgTable(
  'document_piece',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    hash: bytea('hash').notNull(),
    document: text('document').notNull(),
    author: text('author').notNull(),
    number: integer('number').notNull(),
    previous: bytea('previous').notNull(),
    type: integer('type').notNull(),
    userId: text('user_id').notNull(),
    wallMs: int8('wall_ms').notNull(),
    hubOffsetMs: int8('hub_offset_ms'),
    payload: bytea('payload').notNull(),
    covers: bytea('covers').notNull(),
    signature: bytea('signature').notNull(),
    receivedAtMs: int8('received_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store, table.hash] })],
);

export const documentArchive = pgTable(
  'document_archive',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    document: text('document').notNull(),
    heads: text('heads').notNull(),
    frame: bytea('frame'),
    archivedAtMs: int8('archived_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store, table.document] })],
);

export const documentShelf = pgTable(
  'document_shelf',
  { tenantNo: integer('tenant_no').notNull(), store: text('store').notNull(), digest: text('digest').notNull() },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store] })],
);

/** What the hub signed that it holds of the ledgers of a store (SPEC: A-4). */
export const storeCheckpoint = pgTable(
  'store_checkpoint',
  {
    tenantNo: integer('tenant_no').notNull(),
    store: text('store').notNull(),
    number: integer('number').notNull(),
    atMs: int8('at_ms').notNull(),
    heads: jsonb('heads').notNull(),
    signature: bytea('signature').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.store, table.number] })],
);

/** What a lane found when it last compared itself with the hub (SPEC: A-3). */
export const deviceAudit = pgTable(
  'device_audit',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    askedAtMs: int8('asked_at_ms'),
    doneAtMs: int8('done_at_ms'),
    report: jsonb('report'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device] })],
);

/** What a device said of itself last, as it came. */
export const deviceReport = pgTable(
  'device_report',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    report: text('report').notNull(),
    atMs: int8('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device] })],
);

/** What devices said that days came to ahead of sales that are not here. */
export const toldSales = pgTable(
  'told_sales',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    epoch: text('epoch').notNull(),
    businessDate: text('business_date').notNull(),
    currency: text('currency').notNull(),
    store: text('store').notNull(),
    fromSeq: int8('from_seq').notNull(),
    toSeq: int8('to_seq').notNull(),
    sales: int8('sales').notNull(),
    totalMinor: int8('total_minor').notNull(),
    toldAtMs: int8('told_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.epoch, table.businessDate, table.currency] })],
);

export const deviceContact = pgTable(
  'device_contact',
  {
    tenantNo: integer('tenant_no').notNull(),
    device: text('device').notNull(),
    fromMs: int8('from_ms').notNull(),
    lastAtMs: int8('last_at_ms').notNull(),
    exchanges: int8('exchanges').notNull(),
    bytesUp: int8('bytes_up').notNull(),
    bytesDown: int8('bytes_down').notNull(),
    heldLsn: int8('held_lsn'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.device, table.fromMs] })],
);

export const invoiceKey = pgTable(
  'invoice_key',
  {
    tenantNo: integer('tenant_no').notNull(),
    year: integer('year').notNull(),
    publicKey: bytea('public_key').notNull(),
    privateKey: bytea('private_key'),
    createdAtMs: int8('created_at_ms').notNull(),
    forgottenAtMs: int8('forgotten_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.year] })],
);

export const receiptMailKey = pgTable(
  'receipt_mail_key',
  {
    tenantNo: integer('tenant_no').notNull(),
    name: text('name').notNull(),
    publicKey: bytea('public_key').notNull(),
    privateKey: bytea('private_key'),
    createdAtMs: int8('created_at_ms').notNull(),
    forgottenAtMs: int8('forgotten_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.name] })],
);

export const basketTakeover = pgTable('basket_takeover', {
  entryNo: int8('entry_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  store: text('store').notNull(),
  device: text('device').notNull(),
  epoch: text('epoch').notNull(),
  seq: int8('seq').notNull(),
  fromDevice: text('from_device').notNull(),
  fromEpoch: text('from_epoch').notNull(),
  fromSeq: int8('from_seq').notNull(),
  receivedAtMs: int8('received_at_ms').notNull(),
});

export const receiptMail = pgTable('receipt_mail', {
  entryNo: int8('entry_no').primaryKey(),
  tenantNo: integer('tenant_no').notNull(),
  store: text('store').notNull(),
  lane: integer('lane').notNull(),
  receiptNumber: text('receipt_number').notNull(),
  askedAtMs: int8('asked_at_ms').notNull(),
  receivedAtMs: int8('received_at_ms').notNull(),
  state: text('state').notNull().default('waiting'),
  attempts: integer('attempts').notNull().default(0),
  nextAtMs: int8('next_at_ms').notNull(),
  doneAtMs: int8('done_at_ms'),
  failure: text('failure'),
  detail: text('detail'),
});

export const segmentSecret = pgTable(
  'segment_secret',
  {
    tenantNo: integer('tenant_no').notNull(),
    number: integer('number').notNull(),
    secret: bytea('secret').notNull(),
    createdAtMs: int8('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.number] })],
);

export const personalKey = pgTable(
  'personal_key',
  {
    tenantNo: integer('tenant_no').notNull(),
    number: integer('number').notNull(),
    publicKey: bytea('public_key').notNull(),
    privateKey: bytea('private_key').notNull(),
    createdAtMs: int8('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.number] })],
);

export const customer = pgTable(
  'customer',
  {
    tenantNo: integer('tenant_no').notNull(),
    customer: text('customer').notNull(),
    store: text('store').notNull(),
    keyNumber: integer('key_number').notNull(),
    sealed: bytea('sealed'),
    createdAtMs: int8('created_at_ms').notNull(),
    changedAtMs: int8('changed_at_ms').notNull(),
    erasedAtMs: int8('erased_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.customer] })],
);

export const customerCode = pgTable(
  'customer_code',
  { tenantNo: integer('tenant_no').notNull(), code: text('code').notNull(), customer: text('customer').notNull() },
  (table) => [primaryKey({ columns: [table.tenantNo, table.code] })],
);

export const customerToken = pgTable(
  'customer_token',
  { tenantNo: integer('tenant_no').notNull(), token: text('token').notNull(), customer: text('customer').notNull() },
  (table) => [primaryKey({ columns: [table.tenantNo, table.token, table.customer] })],
);

export const customerAlias = pgTable(
  'customer_alias',
  { tenantNo: integer('tenant_no').notNull(), alias: text('alias').notNull(), customer: text('customer').notNull() },
  (table) => [primaryKey({ columns: [table.tenantNo, table.alias] })],
);

export const customerAccess = pgTable(
  'customer_access',
  {
    tenantNo: integer('tenant_no').notNull(),
    customer: text('customer').notNull(),
    atMs: int8('at_ms').notNull(),
    act: text('act').notNull(),
    byWhom: text('by_whom').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.customer, table.atMs, table.act, table.byWhom] })],
);

export const answeredOnce = pgTable(
  'answered_once',
  {
    tenantNo: integer('tenant_no').notNull(),
    keyHash: bytea('key_hash').notNull(),
    askedHash: bytea('asked_hash').notNull(),
    begunAtMs: int8('begun_at_ms').notNull(),
    answer: bytea('answer'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.keyHash] })],
);

export const signIn = pgTable(
  'sign_in',
  {
    tenantNo: integer('tenant_no').notNull(),
    person: text('person').notNull(),
    name: text('name').notNull(),
    password: text('password'),
    seed: bytea('seed'),
    codeStep: int8('code_step').notNull(),
    isLocked: boolean('is_locked').notNull(),
    inviteHash: bytea('invite_hash'),
    inviteUntilMs: int8('invite_until_ms'),
    nextSeed: bytea('next_seed'),
    createdAtMs: int8('created_at_ms').notNull(),
    createdBy: text('created_by').notNull(),
    signedInAtMs: int8('signed_in_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.person] })],
);

export const signInRecovery = pgTable(
  'sign_in_recovery',
  { tenantNo: integer('tenant_no').notNull(), person: text('person').notNull(), codeHash: bytea('code_hash').notNull() },
  (table) => [primaryKey({ columns: [table.tenantNo, table.person, table.codeHash] })],
);

export const signInWait = pgTable(
  'sign_in_wait',
  {
    tenantNo: integer('tenant_no').notNull(),
    who: text('who').notNull(),
    attempts: int8('attempts').notNull(),
    lastAtMs: int8('last_at_ms').notNull(),
    untilMs: int8('until_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.who] })],
);

export const consoleSession = pgTable(
  'console_session',
  {
    tenantNo: integer('tenant_no').notNull(),
    session: text('session').notNull(),
    tokenHash: bytea('token_hash').notNull(),
    formerHash: bytea('former_hash'),
    formerUntilMs: int8('former_until_ms'),
    person: text('person').notNull(),
    rights: bytea('rights').notNull(),
    beganAtMs: int8('began_at_ms').notNull(),
    seenAtMs: int8('seen_at_ms').notNull(),
    agent: text('agent').notNull(),
    address: text('address').notNull(),
    byProvider: boolean('by_provider').notNull().default(false),
    provenAtMs: int8('proven_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.session] })],
);

export const signInLink = pgTable(
  'sign_in_link',
  {
    tenantNo: integer('tenant_no').notNull(),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    person: text('person').notNull(),
    linkedAtMs: int8('linked_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.issuer, table.subject] })],
);

export const signInEvent = pgTable(
  'sign_in_event',
  {
    tenantNo: integer('tenant_no').notNull(),
    eventNo: int8('event_no').notNull(),
    atMs: int8('at_ms').notNull(),
    what: text('what').notNull(),
    person: text('person').notNull(),
    byWhom: text('by_whom').notNull(),
    address: text('address').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.eventNo] })],
);

export const apiToken = pgTable(
  'api_token',
  {
    tenantNo: integer('tenant_no').notNull(),
    token: text('token').notNull(),
    tokenHash: bytea('token_hash').notNull(),
    maker: text('maker').notNull(),
    name: text('name').notNull(),
    actions: jsonb('actions').notNull(),
    places: jsonb('places').notNull(),
    madeAtMs: int8('made_at_ms').notNull(),
    untilMs: int8('until_ms').notNull(),
    usedAtMs: int8('used_at_ms'),
    usedAddress: text('used_address'),
    revokedAtMs: int8('revoked_at_ms'),
    revokedBy: text('revoked_by'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.token] })],
);

export const refusal = pgTable(
  'refusal',
  {
    tenantNo: integer('tenant_no').notNull(),
    refusalNo: int8('refusal_no').notNull(),
    atMs: int8('at_ms').notNull(),
    untilMs: int8('until_ms').notNull(),
    times: integer('times').notNull(),
    kind: text('kind').notNull(),
    who: text('who').notNull(),
    program: text('program').notNull(),
    address: text('address').notNull(),
    method: text('method').notNull(),
    route: text('route').notNull(),
    status: integer('status').notNull(),
    problem: text('problem').notNull(),
    requestId: text('request_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.refusalNo] })],
);

export const apiTokenAct = pgTable(
  'api_token_act',
  {
    tenantNo: integer('tenant_no').notNull(),
    actNo: int8('act_no').notNull(),
    token: text('token').notNull(),
    atMs: int8('at_ms').notNull(),
    method: text('method').notNull(),
    path: text('path').notNull(),
    status: integer('status').notNull(),
    requestId: text('request_id').notNull(),
    address: text('address').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.actNo] })],
);

export const webhook = pgTable(
  'webhook',
  {
    tenantNo: integer('tenant_no').notNull(),
    webhook: text('webhook').notNull(),
    url: text('url').notNull(),
    events: jsonb('events').notNull(),
    note: text('note').notNull(),
    isPaused: boolean('is_paused').notNull().default(false),
    secret: bytea('secret').notNull(),
    formerSecret: bytea('former_secret'),
    formerUntilMs: int8('former_until_ms'),
    createdAtMs: int8('created_at_ms').notNull(),
    createdBy: text('created_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.webhook] })],
);

export const webhookMessage = pgTable(
  'webhook_message',
  {
    tenantNo: integer('tenant_no').notNull(),
    message: text('message').notNull(),
    webhook: text('webhook').notNull(),
    event: text('event').notNull(),
    atMs: int8('at_ms').notNull(),
    content: text('content').notNull(),
    state: text('state').notNull().default('waiting'),
    attempts: integer('attempts').notNull().default(0),
    nextAtMs: int8('next_at_ms').notNull(),
    doneAtMs: int8('done_at_ms'),
    detail: text('detail'),
  },
  (table) => [primaryKey({ columns: [table.tenantNo, table.message] })],
);

export const webhookCursor = pgTable('webhook_cursor', {
  tenantNo: integer('tenant_no').primaryKey(),
  entryNo: int8('entry_no').notNull(),
  lsn: int8('lsn').notNull(),
});
