/** Settings, tax classes, tenders and roles as they are answered: what holds at a place, and which scope says so. */
import { SERVICES } from '@holdfast/domain';
import { z } from 'zod';

import { currency, minor, minorDigits, namedFields, PREVIEWED, PUBLISHED } from './parts.ts';

const ofPlace = { scope: z.string(), lsn: z.int() };
/** Narrower places that say something else. */
const elsewhere = z.array(z.string());

export const SETTINGS = z.object({
  ...ofPlace,
  settings: z.array(
    z.object({
      key: z.string(),
      group: z.string(),
      kind: z.enum(['text', 'lines', 'word', 'count', 'amount', 'own']),
      /** Of a word: all that there are. */
      words: z.array(z.string()).optional(),
      /** What holds where nobody says it; absent: nothing. */
      fallback: z.string().optional(),
      value: z.string().nullable(),
      isSet: z.boolean(),
      /** The scope, or the country, that says it; null: nobody. */
      from: z.string().nullable(),
      layers: z.array(z.object({ scope: z.string(), value: z.string() })),
      elsewhere,
    }),
  ),
});

export const RULES = z.object({
  ...ofPlace,
  rules: z.array(
    z.object({
      key: z.string(),
      fields: namedFields,
      from: z.string(),
      layers: z.array(z.object({ scope: z.string(), fields: namedFields })),
      elsewhere,
    }),
  ),
});

export const ROLES = z.object({
  ...ofPlace,
  roles: z.array(z.object({ role: z.string(), people: z.int() })),
  actions: z.array(z.object({ action: z.string(), limit: z.enum(['none', 'percent', 'amount', 'count']) })),
  grants: z.array(
    z.object({
      role: z.string(),
      action: z.string(),
      isAllowed: z.boolean(),
      limit: z.int().nullable(),
      /** A scope, or the roles that every hub begins with. */
      from: z.string(),
      elsewhere,
    }),
  ),
});

const component = z.object({
  component: z.string(),
  name: z.string(),
  ratePpm: z.int().optional(),
  /** Components before this one on which it is charged too. */
  on: z.array(z.string()).optional(),
  perUnitMinor: z.int().optional(),
  currency: z.string().optional(),
});
const taxRule = z.object({
  taxClass: z.string(),
  name: z.string(),
  rateBps: z.int(),
  variants: z
    .array(
      z.object({
        from: z.string().optional(),
        to: z.string().optional(),
        service: z.enum(SERVICES).optional(),
        exempt: z.literal(true).optional(),
        name: z.string().optional(),
        taxes: z.array(component),
      }),
    )
    .optional(),
});
const taxAmounts = z.array(
  z.object({
    taxClass: z.string(),
    name: z.string(),
    rateBps: z.int(),
    netMinor: minor,
    taxMinor: minor,
    component: z.object({ component: z.string(), ratePpm: z.int().optional(), baseMinor: minor.optional() }).optional(),
  }),
);

/** Store by store, with a basket that is taxed by both, and who may approve it. */
const TAX_PREVIEW = z.object({
  groups: z.array(
    z.object({
      stores: z.array(z.string()),
      classes: z.array(
        z.object({
          taxClass: z.string(),
          before: taxRule.nullable(),
          after: taxRule.nullable(),
          basket: z
            .object({
              date: z.string(),
              amountMinor: minor,
              currency,
              minorDigits,
              before: taxAmounts.nullable(),
              after: taxAmounts.nullable(),
              totals: z.object({ beforeMinor: minor.nullable(), afterMinor: minor.nullable() }),
            })
            .nullable(),
        }),
      ),
    }),
  ),
  approvers: z.array(z.object({ user: z.string(), name: z.string() })),
});

export const TAXES_WRITTEN = z.union([PUBLISHED, TAX_PREVIEW]);
export const RULES_WRITTEN = z.union([PUBLISHED, PREVIEWED]);
