/**
 * North American coupons: AI 8110 says on paper what it takes off (GS1 US, Coupon Application Guideline Using GS1 DataBar Expanded
 * Symbols), AI 8112 only names an offer that a clearing house knows (GS1 AI 8112 Coupon Data Specification). Both are digits with
 * lengths before them.
 */
import { isGs1Date } from './gs1-date.ts';

/** What a purchase must be for the coupon to hold, as its digits say it. */
export interface CouponRequirement {
  readonly value: number;
  /** 0 units, 1 to 4 kinds of cents, 9 none: GS1 US's table. */
  readonly code: string;
  readonly family: string;
  /** Of a further requirement: whose goods; the coupon's own company where absent. */
  readonly companyPrefix?: string;
}

export interface PaperCoupon {
  readonly companyPrefix: string;
  readonly offerCode: string;
  readonly saveValue: number;
  readonly requirements: readonly CouponRequirement[];
  /** How further requirements count: 0 any, 1 all, 2 first and one other, 3 first and all. */
  readonly rule?: string;
  /** `yymmdd`. */
  readonly expires?: string;
  readonly starts?: string;
  readonly serial?: string;
  readonly retailer?: string;
  /** Field 9: save value code, what it applies to, store coupon, not multiplied. */
  readonly terms?: string;
}

export interface DigitalCoupon {
  readonly format: string;
  readonly funder: string;
  readonly offerCode: string;
  readonly serial: string;
}

/** Reads digits from the front; once something was not there, everything after it is not there either. */
class Digits {
  readonly #text: string;
  #at = 0;
  #isBroken: boolean;

  constructor(text: string) {
    this.#text = text;
    this.#isBroken = !/^\d+$/.test(text);
  }

  take(length: number): string {
    const part = this.#text.slice(this.#at, this.#at + length);
    if (part.length < length) this.#isBroken = true;
    this.#at += length;
    return part;
  }

  /** One digit of `allowed`. */
  one(allowed: string): string {
    const digit = this.take(1);
    if (!allowed.includes(digit)) this.#isBroken = true;
    return digit;
  }

  /** A length of one digit of `allowed`, `more` added, and so many digits. */
  counted(allowed: string, more = 0): string {
    return this.take(Number(this.one(allowed)) + more);
  }

  /** Whether the next digit is `digit`; then it is behind us. */
  has(digit: string): boolean {
    if (this.#text[this.#at] !== digit) return false;
    this.#at += 1;
    return true;
  }

  refuse(): void {
    this.#isBroken = true;
  }

  get isWhole(): boolean {
    return !this.#isBroken && this.#at === this.#text.length;
  }
}

const requirementOf = (digits: Digits): CouponRequirement => ({
  value: Number(digits.counted('12345')),
  code: digits.one('012349'),
  family: digits.take(3),
});

function furtherRequirementOf(digits: Digits): CouponRequirement {
  const requirement = requirementOf(digits);
  // 9 stands for the coupon's own company.
  if (digits.has('9')) return requirement;
  return { ...requirement, companyPrefix: digits.counted('0123456', 6) };
}

/** The value of AI 8110; undefined where it is none. */
export function readPaperCoupon(value: string): PaperCoupon | undefined {
  const digits = new Digits(value);
  const dateOf = (): string => {
    const date = digits.take(6);
    if (!isGs1Date(date, false)) digits.refuse();
    return date;
  };
  const head = { companyPrefix: digits.counted('0123456', 6), offerCode: digits.take(6), saveValue: Number(digits.counted('12345')) };
  const requirements = [requirementOf(digits)];
  const rule = digits.has('1') ? digits.one('0123') : undefined;
  if (rule !== undefined) requirements.push(furtherRequirementOf(digits));
  if (digits.has('2')) requirements.push(furtherRequirementOf(digits));
  const expires = digits.has('3') ? dateOf() : undefined;
  const starts = digits.has('4') ? dateOf() : undefined;
  const serial = digits.has('5') ? digits.counted('0123456789', 6) : undefined;
  const retailer = digits.has('6') ? digits.counted('1234567', 6) : undefined;
  const terms = digits.has('9') ? digits.one('01256') + digits.one('012') + digits.one('0123456789') + digits.one('01') : undefined;
  if (!digits.isWhole) return undefined;
  return {
    ...head,
    requirements,
    ...(rule !== undefined && { rule }),
    ...(expires !== undefined && { expires }),
    ...(starts !== undefined && { starts }),
    ...(serial !== undefined && { serial }),
    ...(retailer !== undefined && { retailer }),
    ...(terms !== undefined && { terms }),
  };
}

/** The value of AI 8112; undefined where it is none. */
export function readDigitalCoupon(value: string): DigitalCoupon | undefined {
  const digits = new Digits(value);
  const coupon = {
    format: digits.one('01'),
    funder: digits.counted('0123456', 6),
    offerCode: digits.take(6),
    serial: digits.counted('0123456789', 6),
  };
  return digits.isWhole ? coupon : undefined;
}

export const isPaperCoupon = (value: string): boolean => readPaperCoupon(value) !== undefined;
export const isDigitalCoupon = (value: string): boolean => readDigitalCoupon(value) !== undefined;
