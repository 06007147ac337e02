/**
 * The catalogue as one store sees it at one cut: cells read by sync's store, made into the domain's shapes. Nothing is held
 * but what a cut's every scan needs again (settings, tax classes, tender types, promotions): a cut never changes, so neither does what was read at it.
 *
 * An entity that this build cannot use reads as absent, and is told to `onFault` once per cut.
 */
import type { Hash, Result } from '@holdfast/base';
import {
  type Attribute,
  attributeKeyPrefix,
  CASH,
  choosePrice,
  lowestPrice,
  priceChoices,
  type PriceChoice,
  type PriceQuestion,
  compareTenderTypes,
  DEFAULT_GRANTS,
  ENTITY_TYPES,
  preparePromotions,
  priceKey,
  priceKeyPrefix,
  promotionOfUseKey,
  promotionUsePrefix,
  readAttribute,
  readAttributeValue,
  readCode,
  readCoupon,
  readCustomer,
  readCustomerCode,
  readDepartment,
  readGrant,
  readItem,
  readKeyPage,
  readPrice,
  readPromotion,
  readPromotionStanding,
  readSettings,
  readStaff,
  readTaxClass,
  readTenderType,
  sortAttributes,
  withAddedActions,
  type CatalogueFault,
  type CouponType,
  type Customer,
  type Department,
  type Grant,
  type Item,
  type KeyPage,
  type ListedCode,
  MAX_ATTRIBUTES,
  type PreparedPromotions,
  type Promotion,
  type PromotionStanding,
  usesCountedKey,
  type ScannedCode,
  type ScheduledPrice,
  type ScheduledPriceType,
  type SettingFault,
  type Staff,
  type StoreSettings,
  type TaxRule,
  type TenderType,
  isZone,
  ZONE_SETTING,
} from '@holdfast/domain';
import {
  mergeScopes,
  namedFields,
  scopesOfPlace,
  type Column,
  type Place,
  type ReplicaStore,
  type Scalar,
  type ScopedEntity,
} from '@holdfast/sync';

import type { ToldUses } from '../selling/promotion-use.ts';
import type { Layer } from './store-layer.ts';

/** Enough for every schedule of one item in all scopes; the rest of a longer list is not looked at. */
const MAX_PRICES_PER_ITEM = 200;
const MAX_DEPARTMENTS = 200;
const MAX_KEY_PAGES = 200;
const MAX_SETTINGS = 1_000;
/** Of every role at every place; a company with more would be cut short, which denies. */
const MAX_GRANTS = 5_000;
/** Who works at one store, and who at all of them. */
const MAX_STAFF = 2_000;
const MAX_TENDER_TYPES = 100;
const MAX_PROMOTIONS = 10_000;
/** Of one cut. */
const MAX_FAULTS_TOLD = 200;
/** Cuts whose settings are held: the present one, and those that suspended baskets come back with. */
const MAX_VIEWS = 8;

/** What domain and sync call the fields of one entity. */
type NamedFields = Readonly<Record<string, Scalar>>;

export interface CatalogueView {
  readonly at: number;
  /** What is read, broadest first. */
  readonly scopes: readonly string[];
  settings(): Result<StoreSettings, SettingFault>;
  /** What a scan means: the first of its keys that exists, else an item whose SKU is the very text. */
  findCode(code: ScannedCode): ListedCode | undefined;
  item(sku: string): Item | undefined;
  /** What is said of it beyond its fields, in the order in which people read it. What no attribute defines is not among it. */
  attributesOf(sku: string): readonly ValuedAttribute[];
  priceAt(sku: string, atMs: number, currency: string): ScheduledPrice | undefined;
  /** The open-ended price of a sort, of the narrowest scope that has one; whether or not another one holds now. */
  openPrice(sku: string, type: ScheduledPriceType): ScheduledPrice | undefined;
  /** The lowest that held at any moment of the last `days`, as far as the catalogue holds what held then. */
  lowestPriceAt(
    sku: string,
    question: { readonly atMs: number; readonly currency: string; readonly days: number },
  ): ScheduledPrice | undefined;
  /** The price for one, and what quantity and customer may make of it. */
  pricesAt(sku: string, question: Pick<PriceQuestion, 'atMs' | 'currency' | 'packUnits'>): OfferedPrices;
  /** All that are scheduled for it, whenever and wherever they hold. */
  scheduledPrices(sku: string): readonly ScheduledPrice[];
  taxRule(name: string): TaxRule | undefined;
  /** What the store takes, in the order of their keys; cash first, which needs no entity. */
  tenderTypes(): readonly TenderType[];
  /** Prepared once: a till asks when the cut moves, and not at the first scan behind it. */
  promotions(): PreparedPromotions;
  /** What headquarters summed up of their uses. */
  promotionUses(): ToldUses;
  coupon(code: string): CouponType | undefined;
  customer(customerId: string): Customer | undefined;
  /** Whose hashed code it is. */
  customerOfCode(code: string): string | undefined;
  staff(user: string): Staff | undefined;
  /** Everybody who works at this store. */
  people(): readonly Staff[];
  /** Of all scopes; the program's own where there are none. */
  grants(): readonly Grant[];
  /** The first of `recallKeys` that is called back. */
  recall(keys: readonly string[]): { readonly reason: string } | undefined;
  /** In the order of their tabs. */
  departments(): readonly NamedDepartment[];
  /** Of this store, its wishes included; those without keys are not among them. */
  keyPages(): readonly NamedKeyPage[];
  /** Of `code` entities whose key begins with `keyPrefix`, at most `limit`. */
  codesFrom(keyPrefix: string, limit: number): readonly { readonly key: string; readonly sku: string }[];
  /** Of items whose SKU begins with `prefix`, at most `limit`. */
  skusFrom(prefix: string, limit: number): readonly string[];
  /** A page of all prices, whatever their scope, behind one; `lastKey` undefined: there are no more. */
  pricesAfter(key: string | undefined): Page<{ readonly sku: string; readonly moments: readonly number[] }>;
  /** A page of all codes behind one, but those of packs. */
  codesAfter(key: string | undefined): Page<{ readonly key: string; readonly sku: string }>;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly lastKey: string | undefined;
}

export interface NamedDepartment extends Department {
  readonly name: string;
}

export interface NamedKeyPage extends KeyPage {
  readonly name: string;
}

/** `value` as it is kept; its attribute may admit it no more. */
export interface ValuedAttribute extends Attribute {
  readonly value: string;
}

export interface OfferedPrices {
  readonly price: ScheduledPrice | undefined;
  readonly choices: readonly PriceChoice[];
}

export interface Catalogue {
  view(at: number): CatalogueView;
}

export interface CatalogueOptions {
  readonly store: ReplicaStore;
  /** As it was enrolled. */
  readonly place: Place;
  /** Names the versions of promotions. */
  readonly hash: Hash;
  readonly onFault?: (fault: CatalogueFault | SettingFault) => void;
  /** What the store wants otherwise, until it is answered. */
  readonly layer?: Layer;
}

const [{ number: SETTING_VALUE }] = ENTITY_TYPES.setting.columns;

/** So many take about a millisecond. */
const PAGE_ENTITIES = 200;

/** What is read at a cut, broadest first: of the zone that the store stood in by then, which is a cell like any other; its own at enrolment, where none was ever published (SPEC: C-11). */
export function scopesAt(store: Pick<ReplicaStore, 'readEntity'>, place: Place, at: number): readonly string[] {
  const { type } = ENTITY_TYPES.setting;
  const published = store.readEntity(type, ZONE_SETTING, at).find(({ scope }) => scope === `store:${place.store}`);
  const zone = published?.fields.get(SETTING_VALUE);
  return scopesOfPlace(isZone(zone) ? { ...place, zone } : place);
}

export function createCatalogue(options: CatalogueOptions): Catalogue {
  const views = new Map<number, CatalogueView>();
  const readRule = createRuleReader(options.hash);
  const prepare = createPreparer();
  return {
    view(at) {
      let view = views.get(at);
      if (view === undefined) {
        view = createView(options, at, { readRule, prepare });
        views.set(at, view);
        const [oldest] = views.keys();
        if (views.size > MAX_VIEWS && oldest !== undefined) views.delete(oldest);
      }
      return view;
    },
  };
}

type ReadRule = (key: string, fields: NamedFields) => ReturnType<typeof readPromotion>;

/** Most promotions of a cut are those of the cut before it: what says the same is not read again. */
function createRuleReader(hash: Hash): ReadRule {
  const known = new Map<string, { readonly name: Scalar | undefined; readonly body: Scalar | undefined; readonly rule: Promotion }>();
  return (key, fields) => {
    const { name, body } = fields;
    const before = known.get(key);
    if (before !== undefined && before.name === name && before.body === body) return { ok: true, value: before.rule };
    const read = readPromotion(key, fields, hash);
    if (read.ok) known.set(key, { name, body, rule: read.value });
    return read;
  };
}

type ReadMerged = (type: { readonly type: number; readonly columns: readonly Column[] }, key: string) => NamedFields | undefined;
type ReadMergedFrom = (
  type: { readonly type: number; readonly columns: readonly Column[] },
  prefix: string,
  limit: number,
) => readonly { readonly key: string; readonly fields: NamedFields }[];

function readToldUses(readMerged: ReadMerged, readMergedFrom: ReadMergedFrom): ToldUses {
  const standings = (prefix: string): ReadonlyMap<string, PromotionStanding> =>
    new Map(
      readMergedFrom(ENTITY_TYPES.promotionUse, prefix, MAX_PROMOTIONS).map(({ key, fields }) => [
        promotionOfUseKey(key),
        readPromotionStanding(fields),
      ]),
    );
  const counted = new Map<string, number>();
  return {
    totals: standings(promotionUsePrefix()),
    usesBy: (customerId) => new Map([...standings(promotionUsePrefix(customerId))].map(([promotionId, { uses }]) => [promotionId, uses])),
    countedTo(device, epoch) {
      const key = usesCountedKey(device, epoch);
      const known = counted.get(key);
      if (known !== undefined) return known;
      const seq = readMerged(ENTITY_TYPES.usesCounted, key)?.['seq'];
      counted.set(key, typeof seq === 'number' ? seq : 0);
      return counted.get(key) ?? 0;
    },
  };
}

type Prepare = (rules: readonly Promotion[]) => PreparedPromotions;

/** Many cuts have the promotions of the cut before: they are not prepared again. */
function createPreparer(): Prepare {
  let last: { readonly rules: readonly Promotion[]; readonly prepared: PreparedPromotions } | undefined;
  return (rules) => {
    if (last === undefined || last.rules.length !== rules.length || rules.some((rule, index) => rule !== last?.rules[index])) {
      last = { rules, prepared: preparePromotions(rules) };
    }
    return last.prepared;
  };
}

interface Shared {
  readonly readRule: ReadRule;
  readonly prepare: Prepare;
}

function createView({ store, place, onFault, layer }: CatalogueOptions, at: number, { readRule, prepare }: Shared): CatalogueView {
  const scopes = scopesAt(store, place, at);
  let promotions: PreparedPromotions | undefined;
  let uses: ToldUses | undefined;
  let settings: Result<StoreSettings, SettingFault> | undefined;
  let people: readonly Staff[] | undefined;
  let grants: readonly Grant[] | undefined;
  let tenderTypes: readonly TenderType[] | undefined;
  let hasRecalls: boolean | undefined;
  const taxRules = new Map<string, TaxRule | undefined>();
  /** What a store wants of them otherwise may change within a cut. */
  let peopleVersion = 0;
  const readPeople = (): readonly Staff[] => {
    const { type, columns } = ENTITY_TYPES.staff;
    const cells = store.readPrefix(type, '', at, MAX_STAFF);
    const byKey = Map.groupBy(layer === undefined ? cells : layer.over(type, '', at, cells), (entity) => entity.key);
    return [...byKey].flatMap(([key, entities]) => {
      const isThere = cells.some((cell) => cell.key === key);
      const merged = isThere ? mergeScopes(entities, scopes) : null;
      return merged === null ? [] : (orFault(readStaff(key, namedFields(columns, merged))) ?? []);
    });
  };
  const peopleNow = (): readonly Staff[] => {
    const version = layer?.version() ?? 0;
    if (people === undefined || version !== peopleVersion) people = readPeople();
    peopleVersion = version;
    return people;
  };
  const told = new Set<string>();
  const tell = (fault: CatalogueFault | SettingFault): void => {
    const name = JSON.stringify(fault);
    if (told.size >= MAX_FAULTS_TOLD || told.has(name)) return;
    told.add(name);
    onFault?.(fault);
  };

  const readMerged = (type: { readonly type: number; readonly columns: readonly Column[] }, key: string): NamedFields | undefined => {
    const merged = mergeScopes(store.readEntity(type.type, key, at), scopes);
    return merged === null ? undefined : namedFields(type.columns, merged);
  };
  /** Each entity once, out of all of its scopes, in key order. */
  const readMergedFrom = (type: { readonly type: number; readonly columns: readonly Column[] }, prefix: string, limit: number) =>
    mergedOf(type, store.readPrefix(type.type, prefix, at, limit));
  const mergedOf = (
    type: { readonly columns: readonly Column[] },
    entities: readonly ScopedEntity[],
  ): readonly { readonly key: string; readonly fields: NamedFields }[] => {
    const byKey = Map.groupBy(entities, (entity) => entity.key);
    const found: { readonly key: string; readonly fields: NamedFields }[] = [];
    for (const [key, layers] of byKey) {
      const merged = mergeScopes(layers, scopes);
      if (merged !== null) found.push({ key, fields: namedFields(type.columns, merged) });
    }
    return found;
  };
  const orFault = <T>(read: Result<T, CatalogueFault>): T | undefined => {
    if (read.ok) return read.value;
    tell(read.error);
    return undefined;
  };
  const codeAt = (key: string): ListedCode | undefined => {
    const fields = readMerged(ENTITY_TYPES.code, key);
    return fields === undefined ? undefined : orFault(readCode(key, fields));
  };

  /** What the store wishes for lies over it. */
  const wishedFrom = (type: number, prefix: string, limit: number): readonly ScopedEntity[] => {
    const entities = store.readPrefix(type, prefix, at, limit);
    return layer === undefined ? entities : layer.over(type, prefix, at, entities);
  };
  const priceEntities = (sku: string): readonly ScopedEntity[] =>
    wishedFrom(ENTITY_TYPES.price.type, priceKeyPrefix(sku), MAX_PRICES_PER_ITEM);
  const scheduledPrices = (sku: string): readonly ScheduledPrice[] => {
    const prices: ScheduledPrice[] = [];
    for (const entity of priceEntities(sku)) {
      const price = orFault(readPrice(entity.key, entity.scope, namedFields(ENTITY_TYPES.price.columns, entity.fields)));
      if (price !== undefined) prices.push(price);
    }
    return prices;
  };

  return {
    at,
    scopes,
    settings() {
      if (settings === undefined) {
        const values = new Map<string, string>();
        for (const { key, fields } of readMergedFrom(ENTITY_TYPES.setting, '', MAX_SETTINGS)) {
          if (typeof fields['value'] === 'string') values.set(key, fields['value']);
        }
        const read = readSettings(values);
        settings = read.ok ? { ok: true, value: read.value.settings } : read;
        for (const fault of read.ok ? read.value.faults : [read.error]) tell(fault);
      }
      return settings;
    },
    findCode(code) {
      for (const key of code.keys) {
        const listed = codeAt(key);
        if (listed !== undefined) return listed;
      }
      return readMerged(ENTITY_TYPES.item, code.text) === undefined ? undefined : { sku: code.text, units: 1 };
    },
    item(sku) {
      const fields = readMerged(ENTITY_TYPES.item, sku);
      return fields === undefined ? undefined : orFault(readItem(sku, fields));
    },
    attributesOf(sku) {
      const values = readMergedFrom(ENTITY_TYPES.attributeValue, attributeKeyPrefix(sku), MAX_ATTRIBUTES);
      const valued = values.flatMap(({ key, fields }): readonly ValuedAttribute[] => {
        const held = orFault(readAttributeValue(key, fields));
        const defined = held === undefined ? undefined : readMerged(ENTITY_TYPES.attribute, held.code);
        const attribute = held === undefined || defined === undefined ? undefined : orFault(readAttribute(held.code, defined));
        return held === undefined || attribute === undefined ? [] : [{ ...attribute, value: held.value }];
      });
      return sortAttributes(valued);
    },
    openPrice(sku, type) {
      const key = priceKey(sku, type);
      const layers = priceEntities(sku).filter((entity) => entity.key === key);
      const narrowest = scopes.toReversed().flatMap((scope) => layers.find((entity) => entity.scope === scope) ?? [])[0];
      if (narrowest === undefined) return undefined;
      return orFault(readPrice(key, narrowest.scope, namedFields(ENTITY_TYPES.price.columns, narrowest.fields)));
    },
    priceAt: (sku, atMs, currency) => choosePrice(scheduledPrices(sku), { atMs, scopes, currency }),
    lowestPriceAt: (sku, { atMs, currency, days }) => lowestPrice(scheduledPrices(sku), { atMs, scopes, currency }, days),
    pricesAt(sku, asked) {
      const prices = scheduledPrices(sku);
      const question = { ...asked, scopes };
      return { price: choosePrice(prices, question), choices: priceChoices(prices, question) };
    },
    scheduledPrices,
    taxRule(name) {
      if (!taxRules.has(name)) {
        const fields = readMerged(ENTITY_TYPES.tax, name);
        taxRules.set(name, fields === undefined ? undefined : orFault(readTaxClass(name, fields)));
      }
      return taxRules.get(name);
    },
    tenderTypes() {
      if (tenderTypes === undefined) {
        const read = readMergedFrom(ENTITY_TYPES.tenderType, '', MAX_TENDER_TYPES).flatMap(
          ({ key, fields }) => orFault(readTenderType(key, fields)) ?? [],
        );
        const cash = read.find(({ kind }) => kind === CASH.kind) ?? CASH;
        tenderTypes = [cash, ...read.filter(({ kind }) => kind !== CASH.kind).toSorted(compareTenderTypes)];
      }
      return tenderTypes;
    },
    promotions() {
      promotions ??= prepare(
        readMergedFrom(ENTITY_TYPES.promotion, '', MAX_PROMOTIONS).flatMap(({ key, fields }) => orFault(readRule(key, fields)) ?? []),
      );
      return promotions;
    },
    promotionUses() {
      uses ??= readToldUses(readMerged, readMergedFrom);
      return uses;
    },
    coupon(code) {
      const fields = readMerged(ENTITY_TYPES.coupon, code);
      return fields === undefined ? undefined : orFault(readCoupon(code, fields));
    },
    customer(customerId) {
      const fields = readMerged(ENTITY_TYPES.customer, customerId);
      return fields === undefined ? undefined : orFault(readCustomer(customerId, fields));
    },
    customerOfCode(code) {
      const fields = readMerged(ENTITY_TYPES.customerCode, code);
      return fields === undefined ? undefined : orFault(readCustomerCode(code, fields));
    },
    staff(user) {
      return peopleNow().find((person) => person.user === user);
    },
    people() {
      return peopleNow();
    },
    grants() {
      if (grants === undefined) {
        const { type, columns } = ENTITY_TYPES.roleGrant;
        const entities = store.readPrefix(type, '', at, MAX_GRANTS);
        const read = entities.flatMap(({ key, scope, fields }) => orFault(readGrant(key, scope, namedFields(columns, fields))) ?? []);
        grants = entities.length === 0 ? DEFAULT_GRANTS : withAddedActions(read);
      }
      return grants;
    },
    recall(keys) {
      // On most days of most stores nothing is called back.
      hasRecalls ??= store.readPrefix(ENTITY_TYPES.recall.type, '', at, 1).length > 0;
      if (!hasRecalls) return undefined;
      for (const key of keys) {
        const fields = readMerged(ENTITY_TYPES.recall, key);
        if (fields !== undefined) return { reason: typeof fields['reason'] === 'string' ? fields['reason'] : '' };
      }
      return undefined;
    },
    departments() {
      const tabs: NamedDepartment[] = [];
      for (const { key, fields } of readMergedFrom(ENTITY_TYPES.department, '', MAX_DEPARTMENTS)) {
        const department = orFault(readDepartment(key, fields));
        if (department !== undefined) tabs.push({ name: key, ...department });
      }
      return tabs.sort((left, right) => left.position - right.position || (left.name < right.name ? -1 : 1));
    },
    keyPages() {
      const pages = mergedOf(ENTITY_TYPES.keyPage, wishedFrom(ENTITY_TYPES.keyPage.type, '', MAX_KEY_PAGES));
      return pages.flatMap(({ key, fields }): readonly NamedKeyPage[] => {
        const page = orFault(readKeyPage(key, fields));
        return page === undefined || page.skus.length === 0 ? [] : [{ name: key, ...page }];
      });
    },
    codesFrom(keyPrefix, limit) {
      const codes: { readonly key: string; readonly sku: string }[] = [];
      for (const { key, fields } of readMergedFrom(ENTITY_TYPES.code, keyPrefix, limit)) {
        const code = orFault(readCode(key, fields));
        if (code !== undefined) codes.push({ key, sku: code.sku });
      }
      return codes;
    },
    skusFrom: (prefix, limit) => readMergedFrom(ENTITY_TYPES.item, prefix, limit).map((item) => item.key),
    pricesAfter(key) {
      const page = store.readPrefix(ENTITY_TYPES.price.type, '', at, PAGE_ENTITIES, key);
      const rows = page.flatMap((entity) => {
        const price = orFault(readPrice(entity.key, entity.scope, namedFields(ENTITY_TYPES.price.columns, entity.fields)));
        return price === undefined ? [] : [{ sku: price.sku, moments: [price.fromMs, price.toMs].filter((ms) => ms !== undefined) }];
      });
      return { rows, lastKey: page.length < PAGE_ENTITIES ? undefined : page.at(-1)?.key };
    },
    codesAfter(key) {
      const page = store.readPrefix(ENTITY_TYPES.code.type, '', at, PAGE_ENTITIES, key);
      const rows = [...new Set(page.map((entity) => entity.key))].flatMap((code) => {
        const listed = codeAt(code);
        // A shelf shows the code of one piece.
        return listed?.units === 1 ? [{ key: code, sku: listed.sku }] : [];
      });
      return { rows, lastKey: page.length < PAGE_ENTITIES ? undefined : page.at(-1)?.key };
    },
  };
}
