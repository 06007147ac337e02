/** What the console reads of stores, sales and what to look at: what each is stands in the hub's own document (`hub-api.ts`). */
import type { Operations } from './hub-api.ts';
import { type Answer, askHub } from './hub-client.ts';

export type Overview = Answer<'getOverview'>;
/** With its lanes and what it sold today. */
export type Store = Overview['stores'][number];
export type Device = Store['devices'][number];
export type SalesPage = Answer<'getSales'>;
export type SaleRow = SalesPage['sales'][number];
export type FoundSales = Answer<'getSalesSearch'>;
export type Sale = Answer<'getSalesByDeviceByEpochBySeq'>;
export type SaleLine = Sale['lines'][number];
export type LinkedSale = Sale['origins'][number];
/** As it is set up. */
export type StoreInfo = Answer<'getStores'>['stores'][number];
/** What each page knows of the company: its stores, and which day it is at the first of them. */
export interface Places {
  readonly businessDate: string;
  readonly stores: readonly StoreInfo[];
}
/** Goods that came back in a way that a person should look at. */
export type ReturnException = Answer<'getReturnsExceptions'>['exceptions'][number];
/** A code that lanes sold under a department because no catalogue lists it. */
export type UnlistedCode = Answer<'getUnlistedCodes'>['codes'][number];
/** Limits that lanes keep by what they know, and what may be given beyond them while lanes are cut off. */
export type Exposure = Answer<'getExposure'>;
/** What the hub can prove of one lane, and what the lane found when it last compared itself. */
export type LaneProof = Answer<'getDevicesByDeviceProof'>;
export type Enrolment = Answer<'postEnrolmentCodes'>;

/** The hub's time, as short as it can be told. */
export const fetchClock = (signal?: AbortSignal): Promise<Answer<'getClock'>> => askHub('getClock', {}, signal);

export const fetchOverview = (signal?: AbortSignal): Promise<Overview> => askHub('getOverview', {}, signal);

export interface SalesQuery {
  readonly date?: string;
  readonly store?: string;
  readonly device?: string;
  readonly limit: number;
  readonly before?: string;
}

/** Newest first. */
export const fetchSales = (question: SalesQuery, signal?: AbortSignal): Promise<SalesPage> => askHub('getSales', { question }, signal);

/** By a receipt’s number of any day; by what they came to, or goods in them, from one date to another. */
export const searchSales = (
  question: { readonly q: string; readonly from: string; readonly to: string; readonly store: string },
  signal?: AbortSignal,
): Promise<FoundSales> => askHub('getSalesSearch', { question }, signal);

export const fetchSale = (
  { device, epoch, seq }: { readonly device: string; readonly epoch: string; readonly seq: number },
  signal?: AbortSignal,
): Promise<Sale> => askHub('getSalesByDeviceByEpochBySeq', { question: { device, epoch, seq } }, signal);

export const fetchStores = async (signal?: AbortSignal): Promise<readonly StoreInfo[]> => (await askHub('getStores', {}, signal)).stores;

export const fetchExposure = (signal?: AbortSignal): Promise<Exposure> => askHub('getExposure', {}, signal);

/** Newest first, at most `limit`. */
export const fetchReturnExceptions = async (limit: number, signal?: AbortSignal): Promise<readonly ReturnException[]> =>
  (await askHub('getReturnsExceptions', { question: { limit } }, signal)).exceptions;

/** Of a code, that one alone. */
export const fetchUnlistedCodes = async (
  question: { readonly limit: number } | { readonly code: string },
  signal?: AbortSignal,
): Promise<readonly UnlistedCode[]> => (await askHub('getUnlistedCodes', { question }, signal)).codes;

export const fetchLaneProof = (device: string, signal?: AbortSignal): Promise<LaneProof> =>
  askHub('getDevicesByDeviceProof', { question: { device } }, signal);

export const askForAudit = (device: string): Promise<object> => askHub('postDevicesByDeviceAudit', { question: { device } });

export const createEnrolment = (body: Operations['postEnrolmentCodes']['body']): Promise<Enrolment> =>
  askHub('postEnrolmentCodes', { body });
