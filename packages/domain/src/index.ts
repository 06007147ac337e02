export {
  ATTENDANCE_ACTS,
  attendanceEntry,
  attendancesOf,
  beginOf,
  hereSince,
  LONGEST_STATED_MS,
  readAttendance,
  type Attendance,
  type AttendanceAct,
  type AttendanceEntry,
  type AttendanceMark,
} from './people/attendance.ts';
export { readReport, reportToText, type DeviceReport, type ReportedDay, type ReportedDevice } from './settings/device-report.ts';
export { applicationIdentifiers, type ApplicationIdentifier } from './barcode/application-identifiers.ts';
export { missingPartners, type Element } from './barcode/element-string.ts';
export { labelFacts, type GoodsLabel } from './barcode/goods-label.ts';
export { findGoodsStop, recallKeys, recallKeysOfScan, type GoodsStop } from './barcode/goods-stop.ts';
export { dateRangeOf, gs1Date, type DateRange } from './barcode/gs1-date.ts';
export { parseOwnCodes, type OwnCodeRule } from './barcode/own-code.ts';
export { guardScan, type GuardedScan, type ScanSighting } from './barcode/scan-guard.ts';
export { accountLimitText, limitedAccountOf, limitMinorIn, readAccountLimit, type AccountLimit } from './account/account-limit.ts';
export {
  accountKey,
  accountMovementsOf,
  cardsBackOf,
  foldBalances,
  isOverdrawn,
  movementsOfSale,
  payoutEntry,
  POINTS,
  readPayout,
  type AccountAdjustment,
  type AccountMovement,
  type AccountName,
  type AccountPayout,
} from './account/account.ts';
export {
  gtinKey,
  isGtin,
  MAX_CODE_LENGTH,
  notGoodsKind,
  parseScan,
  pluKey,
  printableCode,
  type ScannedCode,
  type ScanRefusal,
} from './barcode/barcode.ts';
export {
  receiptLanguageOf,
  asksAge,
  basketLines,
  basketTotals,
  findLine,
  AGE_METHODS,
  type AgeMethod,
  isAgeChecked,
  openAgeCheckYears,
  refusedRowCount,
  type AddItem,
  type Basket,
  type BasketCommand,
  type BasketEvent,
  type BasketLine,
  type BasketOpening,
  type BasketPayment,
  type BasketRefusal,
  type BasketRow,
  type BasketState,
  type BasketTotals,
  type ChosenPrice,
  type Cut,
  type PriceOverride,
  type RefusedRow,
} from './basket/basket.ts';
export { applyBasketCommand } from './basket/basket-command.ts';
export { applyBasketEvents, openBasket, openingOf, replayBasket } from './basket/basket-event.ts';
export { tenderOffersOf, type PromotedTender } from './basket/basket-payment.ts';
export { businessDateOf, isTimeZone, localTimeOf, type LocalTime } from './shift/business-day.ts';
export {
  applyPermittedCommand,
  approverOf,
  holdsFor,
  leaveBeyondLimit,
  leaveRefusal,
  type ApprovalRefusal,
  type Authority,
  type SaleApproval,
  type Wanted,
} from './people/approval.ts';
export type { UntaxedPart, UntaxedShare } from './tax/benefit-tax.ts';
export type { ExemptPrices } from './tax/exemption.ts';
export type { DiscountRefusal, ManualDiscount, ManualDiscountOrder, ManualOff } from './basket/manual-discount.ts';
export type { CashRounding, CashRoundingMode, CashRoundingScope, RefundRounding } from './money/cash-rounding.ts';
export {
  MAX_STYLE_LENGTH,
  MAX_STYLE_VARIANTS,
  optionsAlong,
  optionsText,
  parseOptions,
  sortVariants,
  variantAxes,
  variantKey,
  variantName,
  type VariantAxis,
} from './catalog/variant.ts';
export {
  admitsCategory,
  ATTRIBUTE_TYPES,
  attributeKeyPrefix,
  attributeValueKey,
  attributeValueOf,
  isAttributeCode,
  MAX_ATTRIBUTE_DECIMALS,
  MAX_ATTRIBUTE_NAME,
  MAX_ATTRIBUTE_UNIT,
  MAX_ATTRIBUTES,
  MAX_CHOICE_LENGTH,
  MAX_CHOICES,
  parseAttributeValueKey,
  readAttribute,
  readAttributeValue,
  sortAttributes,
  type Attribute,
  type AttributeType,
} from './catalog/attribute.ts';
export { MAX_PACK_UNITS, MAX_PRICED_UNITS, packOf, PACKS_READER, type ListedCode, type PricedPack } from './catalog/pack.ts';
export {
  ENTITY_TYPES,
  isCouponValid,
  parsePriceKey,
  priceKey,
  priceKeyPrefix,
  readCode,
  readCoupon,
  isPictureName,
  readDepartment,
  readItem,
  readPrice,
  readTaxClass,
  SCHEDULED_PRICE_TYPES,
  type CatalogueFault,
  type CouponType,
  type Department,
  type EntityType,
  type Item,
  type PriceCondition,
  type PriceType,
  type ScheduledPrice,
  type ScheduledPriceType,
} from './catalog/catalog.ts';
export { type LineDescription, type LineTax } from './basket/basket-service.ts';
export { explainLine, type ExplainedLine, type KnownPrices } from './basket/explain-line.ts';
export {
  LEDGER_KINDS,
  type Fields,
  type LedgerColumn,
  type LedgerEntry,
  type LedgerHeader,
  type LedgerKind,
  type Scalar,
} from './ledger/ledger.ts';
export {
  DISCOUNT_KINDS,
  netMinorOf,
  promotionReference,
  type Claim,
  type DiscountKind,
  type LineDiscount,
  type Reducible,
} from './basket/line-discount.ts';
export {
  amountOutOfRange,
  addMinor,
  currencyOf,
  decimalText,
  formatMoney,
  formatUnitPrice,
  isUnitPrice,
  lineAmountMinor,
  MAX_AMOUNT_MINOR,
  minorDigitsOf,
  parseMinor,
  type AmountOutOfRange,
  type Currency,
  type LineRounding,
  type MalformedAmount,
  type Rounding,
  type UnitPrice,
} from './money/money.ts';
export {
  ACTION_NAMES,
  ACTIONS,
  APPROVAL_HOLDS_MS,
  DEFAULT_GRANTS,
  DEFAULT_ROLES,
  grantKey,
  isAllowed,
  parseRoles,
  readGrant,
  type Action,
  type Approval,
  type Grant,
  type LimitKind,
  type Permission,
  type PermissionQuestion,
  type PermissionRefusal,
  type Principal,
} from './people/permissions.ts';
export {
  beginningsAsked,
  beginningsOfName,
  codesOfPerson,
  codesOfText,
  customerAddedEntry,
  initialsOf,
  isNamed,
  parsePerson,
  PERSON_LENGTHS,
  personOf,
  personText,
  readCustomerCode,
  type CustomerCode,
  type Person,
} from './customer/customer.ts';
export {
  exemptionAt,
  isPersonId,
  readCustomer,
  readStaff,
  staffAgeYears,
  type Customer,
  type Exemption,
  type Staff,
} from './people/person.ts';
export { NATURES, OUTSIDE_TAX, type DepositTaxPoint, type Nature, type TaxPoint } from './catalog/nature.ts';
export { priceChanges, type PriceChange, type PriceSpan } from './catalog/price-changes.ts';
export { isPriceStep, MAX_STEP_BPS, type PriceStep, stepPrice } from './catalog/price-step.ts';
export {
  chooseAgain,
  choosePrice,
  explainPrices,
  PRICE_REASONS,
  priceChoices,
  type PriceCandidate,
  type PriceChoice,
  type PriceQuestion,
  type PriceReason,
} from './pricing/pricing.ts';
export { findCouponLoop, type CouponStep } from './promotions/coupon-loop.ts';
export { NOT_TAKEN_REASONS, type LineExplanation, type NotTaken, type NotTakenReason } from './promotions/explain.ts';
export {
  simulateSale,
  type SimulatedLine,
  type SimulatedPrices,
  type SimulatedSale,
  type SimulationPlace,
  type SimulationTerms,
} from './pricing/price-simulation.ts';
export { preparePromotions, type PreparedPromotions, type PromotedItem } from './promotions/prepare.ts';
export { pricePromotions } from './promotions/price-promotions.ts';
export {
  type AppliedPromotion,
  type CouponClaim,
  type EarnedReward,
  type MalformedLine,
  type PromotionContext,
  type PromotionLine,
  type PromotionOutcome,
  type PromotionShare,
} from './promotions/promotion-terms.ts';
export {
  promotionOfUseKey,
  promotionUseKey,
  promotionUsePrefix,
  readPromotionStanding,
  usesCountedKey,
  worstOverspend,
  type PromotionStanding,
} from './promotions/promotion-standing.ts';
export { earnedBySale } from './returns/return-points.ts';
export { promotionUsesOf, type PromotedSale, type PromotionUse } from './promotions/promotion-use.ts';
export {
  giftsToAskFor,
  promotionMomentOf,
  type BasketCoupon,
  type BasketCustomer,
  type BasketReward,
  type GiftToAskFor,
  type PromotionMoment,
  type PromotionTerms,
  type Repricing,
  type UsedPromotion,
} from './promotions/repricing.ts';
export { readPromotion } from './promotions/read-promotion.ts';
export type { Promotion, PromotionPolicy, Reward } from './promotions/rule.ts';
export {
  isMeasured,
  isUnit,
  MAX_QUANTITY,
  parseQuantity,
  pricedSymbol,
  quantityText,
  UNITS,
  type MalformedQuantity,
  type Quantity,
  type QuantityOutOfRange,
  type Unit,
} from './money/quantity.ts';
export {
  isPageName,
  keyPageFields,
  keyTabs,
  MAX_PAGE_KEYS,
  MAX_PAGE_NAME,
  MAX_PAGE_POSITION,
  readKeyPage,
  type KeyPage,
  type KeyTab,
} from './catalog/key-page.ts';
export { isReceiptLanguage, RECEIPT_LANGUAGES, RECEIPT_WORDS, receiptWordsOf, type ReceiptLanguage } from './receipt/receipt-words.ts';
export {
  ENGLISH_RECEIPT_WORDS,
  receiptOf,
  type ReceiptBlock,
  type ReceiptContext,
  type ReceiptDocument,
  type ReceiptWords,
} from './receipt/receipt.ts';
export {
  decideCashMovement,
  decideClosing,
  isToCount,
  decideOpening,
  isDropDue,
  perpetualOf,
  rolledFloat,
  uncountedClose,
  type DrawerCount,
  type DrawerRefusal,
  type DrawerStand,
  type ShiftOpening,
} from './shift/drawer.ts';
export {
  actsOf,
  actsOfSale,
  excessesOf,
  type Act,
  type EntryActs,
  type Excess,
  type ExcessReason,
  type Policy,
} from './ledger/entry-acts.ts';
export {
  ANSWER_STATUSES,
  answerKey,
  decideOverride,
  overrideEntry,
  overrideQuestion,
  staffPinFields,
  type OverrideQuestion,
  readOverride,
  storePageFields,
  storePriceFields,
  type AnswerStatus,
  type OverrideDecision,
  type OverrideFacts,
  type OverrideProposal,
  type OverrideRule,
  type OverrideValue,
  type StoreOverride,
} from './settings/store-override.ts';
export {
  grantAcceptanceEntry,
  grantReleaseEntry,
  readGrantAcceptance,
  readGrantRelease,
  type GrantAcceptance,
  type GrantRelease,
} from './account/escrow.ts';
export { REFUSAL_TYPES, type Refusal, type RefusalType } from './refusal.ts';
export type { MalformedEntry } from './ledger/entry-header.ts';
export { readSale } from './sale/read-sale.ts';
export {
  abortSaleEntry,
  basketTwiceEntry,
  completeSale,
  handoverEntry,
  resumeEntry,
  suspendExpiryEntry,
  suspendEntry,
  suspensionTakenOver,
  takeoverEntry,
  voidLineEntry,
  voidPartEntry,
  voidSaleEntry,
  voidTenderEntry,
  type Suspension,
} from './sale/sale-entry.ts';
export type { SumMismatch } from './sale/sale-mismatch.ts';
export {
  formatReceiptNumber,
  formatTrainingNumber,
  type BasketRecord,
  type Sale,
  type SaleFacts,
  type SaleLine,
  type SalePromotion,
  type SaleReward,
  type SaleTax,
} from './sale/sale.ts';
export {
  changedCounts,
  readStockCount,
  stockCountEntry,
  sumCounts,
  type CountedGoods,
  type CountedLine,
  type LedgerPlace,
  type StockCount,
  type StockCountRefusal,
} from './stock/stock-count.ts';
export {
  isLaterCount,
  NO_CLOCK_MS,
  onHandOf,
  sideOfCount,
  spanOf,
  type CountStatement,
  type MovedAt,
  type SideOfCount,
  type Span,
} from './stock/stock-on-hand.ts';
export {
  foldStock,
  stockAdjustmentEntry,
  stockKey,
  goodsMovedBy,
  stockMovementsOf,
  type AdjustmentRefusal,
  type StockAdjustment,
  type StockMovement,
} from './stock/stock-movement.ts';
export { pointsOfBasket } from './basket/basket-points.ts';
export { parseTiers, tierOfPoints, type EarnedBySale, type EarningLine, type LoyaltyRules, type LoyaltyTier } from './customer/loyalty.ts';
export type { SaleSums } from './sale/sale-sums.ts';
export { defaultsOfCountry } from './settings/country-defaults.ts';
export { SETTINGS, type SettingGroup, type SettingKind, type SettingRow } from './settings/setting-table.ts';
export {
  isZone,
  readSettings,
  RECEIPT_LOGO_MAX_LENGTH,
  SUCCESSOR_SETTING,
  ZONE_SETTING,
  type ReadSettings,
  type SettingFault,
  type StoreSettings,
} from './settings/settings.ts';
export {
  MAX_RATE_BPS,
  exemptTaxAt,
  SERVICES,
  MAX_VARIANTS,
  parseTaxVariants,
  taxAt,
  taxNameOf,
  type Service,
  type TaxClass,
  type TaxComponent,
  type TaxRule,
  type TaxSituation,
  type TaxVariant,
} from './tax/tax-rule.ts';
export { firstChangeOf, taxChangeFault, type TaxChangeFault, type TaxChangePlace } from './tax/tax-change.ts';
export {
  DEFAULT_TAX_POLICY,
  shownRateBps,
  taxesOf,
  type ComponentAmount,
  type TaxAmount,
  type TaxedAmount,
  type TaxPolicy,
  type TaxRounding,
  type TaxTerms,
} from './tax/tax.ts';
export {
  isSigned,
  parseSignature,
  readSignatureEntry,
  SIGNATURE_HOWS,
  SIGNATURE_MAX,
  signatureEntry,
  signatureText,
  type ReceiptSignature,
  type SignatureHow,
  type SignaturePoint,
  type SignatureStroke,
  type TenderSignature,
} from './tender/signature.ts';
export { trainingEntry, type TrainingAct } from './shift/training.ts';
export {
  practise,
  practisedClose,
  practisedMovement,
  PRACTISED_ACTIONS,
  untouchedDrawer,
  type CashPractice,
  type CashPracticeAct,
} from './shift/cash-practice.ts';
export {
  compareRates,
  isSstRate,
  JURISDICTION_KINDS,
  jurisdictionKey,
  jurisdictionsAt,
  parseSstBoundary,
  parseSstRate,
  parseVatRate,
  SST_RATE_COLUMNS,
  stackedRateBps,
  stackRates,
  toDatedRate,
  type DatedRate,
  type Jurisdiction,
  type JurisdictionKind,
  type RateFault,
  type SstBoundary,
  type SstRate,
  type UsPlace,
  type VatRate,
} from './tax/tax-place.ts';
export {
  cardBackRefusal,
  decideCashOut,
  decideSpending,
  standingMinor,
  type CashOutRefusal,
  type HeldRights,
  type NotCovered,
  type Spending,
  type SpendingFacts,
} from './account/spending.ts';
export type { PaidSale, RefundTender, RefundTerms } from './tender/tender-refund.ts';
export {
  ACCOUNT_KINDS,
  CASH,
  compareTenderTypes,
  readTenderType,
  TENDER_KINDS,
  type AccountKind,
  type EligibleItems,
  type OverTender,
  type RefundTarget,
  type TenderKind,
  type TenderType,
} from './tender/tender-type.ts';
export {
  isReference,
  MAX_REFERENCE_LENGTH,
  type OpenTender,
  type Payment,
  type Settlement,
  type Tender,
  type TenderLimit,
  type TenderOffer,
  type TenderRefusal,
  type TenderTerms,
} from './tender/tender.ts';
export {
  CARD_ACTS,
  type CardAct,
  CARD_CASE_STATES,
  CARD_CLEARINGS,
  cardClearingEntry,
  cardClearingsOf,
  cardExceptionEntry,
  cardForwardedEntry,
  readCardFact,
  offlineCardBound,
  terminalRecordEntry,
  terminalSettlementEntry,
  withCardPayment,
  withCardRefunds,
  type CardCaseState,
  type CardFact,
  type CardClearing,
  type CardException,
  type CardPayment,
  type OfflineCardBound,
  type OfflineCardLimits,
  type OfflineCardStanding,
  type TerminalOutcomeWord,
  type TerminalRecord,
  type TerminalSettlement,
} from './tender/card-payment.ts';
export { returnPayment, type ReturnSet, type SetReturn, unverifiedRefusal, unverifiedReturns } from './basket/basket-return.ts';
export {
  cashBackWish,
  postVoidEntry,
  postVoidRefusal,
  tenderReversalEntry,
  type CashBack,
  type PostVoidFacts,
  type PostVoidRefusal,
  type TenderReversal,
  type TerminalSaid,
} from './returns/post-void.ts';
export type { BundleReturns, LineQuantity, RepriceRest } from './returns/return-bundle.ts';
export { givesBack } from './returns/return-columns.ts';
export type { ReturnException, ReturnExceptionType } from './returns/return-exceptions.ts';
export {
  returnableLines,
  type LineMoney,
  type ReturnableLine,
  type ReturnColumns,
  type ReturnOf,
  type ReturnPart,
  type ReturnTax,
} from './returns/return-line.ts';
export type { ReturnOrigin, ReturnQuote, ReturnRefusal, ReturnTerms, ReturnWish } from './returns/return-quote.ts';
export { DEFAULT_RETURN_POLICY, lowestPrice, returnDaysOf, type ReturnPolicy, type ReturnsWithoutReceipt } from './returns/return-terms.ts';
export {
  isReturnRightKind,
  readReturnRight,
  returnRight,
  returnRightEntry,
  type ReturnRight,
  type ReturnRightMove,
  type ReturnRightName,
} from './returns/return-right.ts';
export type { EarnedPoints, PointsTaken } from './returns/return-points.ts';
export { repriceRestOf, type RestFacts } from './promotions/reprice-rest.ts';
export { depositsOf, type DepositGoods } from './catalog/deposit.ts';
export { readInStoreCode, saidByCode, type InStoreCode, type InStoreTemplate, type SaidByCode } from './barcode/in-store-code.ts';
export { VOUCHED, type RestrictionFacts, type Vouched } from './catalog/restrictions.ts';
export { parseSaleHours, type SaleHours, type StoreClock } from './catalog/sale-hours.ts';
export { momentsOf, startOfDay, type WallTime } from './wall-time.ts';
export { isBadge, isPin, isWeakPin, passcodeSecretNo } from './people/passcode.ts';
export {
  areRightsOver,
  asksSignOn,
  canSignOn,
  DEFAULT_SIGN_ON,
  LANE_BACK_OFF,
  lastingGrants,
  MAX_FAILURES,
  missingProof,
  SIGN_ON_HOWS,
  signOnDelay,
  withAddedActions,
  type Failures,
  type SessionAct,
  type SignOnDelay,
  type SignOnHow,
  type SignOnRules,
} from './people/sign-on.ts';
export {
  addEntry,
  beginsShift,
  CASH_ACT_NAMES,
  cashMovementEntry,
  countedMinor,
  noShift,
  overShortMinor,
  readShiftClose,
  shiftCloseEntry,
  type CashAct,
  type CashMovement,
  type Denomination,
  type ShiftClose,
  type ShiftSums,
  type TaxSum,
} from './shift/shift.ts';
export { safeMovementEntry, safeMovementOf, type SafeAct, type SafeEntry, type SafeMovement } from './shift/safe.ts';
export { addSums, differencesOf, sumsSince, waitsFor, type LaneDay, type LaneWait, type SumDifference } from './shift/store-day.ts';
export { readHeader } from './ledger/entry-header.ts';
export { isCalendarDate, readFields } from './fields.ts';
export {
  BUYER_LENGTHS,
  buyerText,
  formatInvoiceNumber,
  invoiceEntry,
  invoiceKeyOf,
  parseBuyer,
  readInvoice,
  type Buyer,
  type Invoice,
  type InvoiceKeys,
  type ReceiptInvoice,
} from './receipt/invoice.ts';
export { DEFAULT_LEDGER_KEEPING, isBehindCopies, mayBeForgotten, type LedgerKeeping } from './ledger/ledger-keeping.ts';
export {
  isMailAddress,
  MAX_MAIL_ADDRESS_LENGTH,
  parseReceiptMail,
  readReceiptMail,
  receiptMailEntry,
  receiptMailText,
  type ReceiptMail,
  type ReceiptMailContent,
  type ReceiptMailKey,
} from './receipt/receipt-mail.ts';
export {
  abortedFiscalData,
  fiscalDataOf,
  fiscalGapEntry,
  fiscalSignatureEntry,
  type FiscalData,
  type FiscalGap,
  type FiscalRegime,
  type FiscalSignature,
  type ReceiptFiscal,
} from './receipt/fiscal.ts';
export {
  isJournalHit,
  JOURNAL_CSV_HEAD,
  JOURNAL_ACTS,
  JOURNAL_KIND_NAMES,
  JOURNAL_REASONS,
  journalCsvLine,
  journalRow,
  type JournalPlace,
  type JournalRow,
} from './ledger/journal-row.ts';
export { POSLOG_HEAD, POSLOG_TAIL, poslogTransaction } from './ledger/poslog.ts';
export { terminalDifferenceMinor, type TerminalSum } from './shift/shift-terminals.ts';

export { lastPriceChange, shelfLabelOf, type LabelQuestion, type ShelfLabel } from './catalog/shelf-label.ts';
