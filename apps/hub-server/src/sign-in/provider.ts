/**
 * The company's identity provider (OpenID Connect): the code flow with PKCE (S256), state and nonce; the answer's `iss` and the ID token's issuer, audience, times and signature are checked, and what it says of how somebody proved who they are there. What the
 * provider says of itself, its keys too, is read anew with each sign-in: it may change its keys at any time, and replicas share nothing of it. What a flow began with travels in the browser, sealed.
 */
import { err, ok, type Result } from '@holdfast/base';
import * as oidc from 'openid-client';
import { z } from 'zod';

import { isThisMachine } from '../plain-addresses.ts';

export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where browsers reach this hub, without a path; absent: where it listens. */
  readonly hubUrl?: string | undefined;
  /** Classes of proof (`acr`): one of these must be what it says; it is asked for them. Absent: any. */
  readonly acr?: readonly string[] | undefined;
  /** Methods of proof (`amr`, RFC 8176): one of these must be among what it says. Absent: any. */
  readonly amr?: readonly string[] | undefined;
  /** Whoever proved who they are longer ago is asked again there. Absent: they are not. */
  readonly maxAgeSeconds?: number | undefined;
}

/** What is asked again when the browser comes back. */
export const flowSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), untilMs: z.int() });
export type Flow = z.infer<typeof flowSchema>;

export interface Identity {
  readonly issuer: string;
  /** As the provider calls them, for ever. */
  readonly subject: string;
  /** Lower case; absent where the provider does not say that it was verified. */
  readonly email?: string;
  /** When they proved who they are there; absent where it does not say. */
  readonly provenAtMs?: number;
}

export type ProviderError =
  /** It does not answer, or not as a provider does. */
  | { readonly type: 'unreachable'; readonly cause: unknown }
  /** What came back is not what was asked for, or the provider says no. */
  | { readonly type: 'refused'; readonly cause: unknown }
  /** They proved who they are there by less than is asked, or it does not say by what. */
  | { readonly type: 'tooWeak'; readonly cause: unknown };

export interface IdentityProvider {
  /** What people know it by. */
  readonly name: string;
  begin(): Promise<Result<{ readonly goTo: string; readonly flow: Omit<Flow, 'untilMs'> }, ProviderError>>;
  /** `search`: of the address to which the browser came back. */
  finish(flow: Flow, search: string): Promise<Result<Identity, ProviderError>>;
  /** Where somebody signs out of it; undefined where it has no such place, or does not answer. */
  goodbye(): Promise<string | undefined>;
}

export const RETURN_PATH = '/api/v1/sign-in/provider/return';
const PATIENCE_SECONDS = 5;

const MS = 1_000;

/** What it does not say it did not ask for. */
export function isStrongEnough({ acr, amr }: Pick<ProviderSettings, 'acr' | 'amr'>, said: Readonly<Record<string, unknown>>): boolean {
  const { acr: classOf, amr: methods } = said;
  const isOfClass = acr === undefined || (typeof classOf === 'string' && acr.includes(classOf));
  const isByMethod = amr === undefined || (Array.isArray(methods) && methods.some((method) => amr.includes(String(method))));
  return isOfClass && isByMethod;
}

/** `ownUrl`: where the hub listens, once it does. */
export function createIdentityProvider(settings: ProviderSettings, ownUrl: () => string): IdentityProvider {
  const { issuer, clientId, clientSecret, hubUrl, acr, maxAgeSeconds } = settings;
  const at = new URL(issuer);
  const home = (): string => new URL(hubUrl ?? ownUrl()).origin;
  const discover = async (): Promise<Result<oidc.Configuration, ProviderError>> => {
    try {
      const configuration = await oidc.discovery(at, clientId, undefined, oidc.ClientSecretBasic(clientSecret), {
        timeout: PATIENCE_SECONDS,
        // Over a network it is asked by TLS alone.
        execute: [oidc.enableNonRepudiationChecks, ...(isThisMachine(at.hostname) ? [oidc.allowInsecureRequests] : [])],
      });
      return ok(configuration);
    } catch (cause) {
      return err({ type: 'unreachable', cause });
    }
  };
  return {
    name: at.host,
    begin: async () => {
      const found = await discover();
      if (!found.ok) return found;
      const flow = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
      const goTo = oidc.buildAuthorizationUrl(found.value, {
        redirect_uri: home() + RETURN_PATH,
        scope: 'openid email',
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
        ...(acr !== undefined && { acr_values: acr.join(' ') }),
        ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
      });
      return ok({ goTo: goTo.href, flow });
    },
    finish: async ({ state, nonce, verifier }, search) => {
      const found = await discover();
      if (!found.ok) return found;
      try {
        const tokens = await oidc.authorizationCodeGrant(found.value, new URL(RETURN_PATH + search, home()), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
        });
        const claims = tokens.claims();
        if (claims === undefined) return err({ type: 'refused', cause: new Error('there is no ID token') });
        if (!isStrongEnough(settings, claims)) {
          const said = JSON.stringify({ acr: claims['acr'], amr: claims['amr'] });
          return err({ type: 'tooWeak', cause: new Error(`it says of how somebody signed in there: ${said}`) });
        }
        const { sub: subject, auth_time: provenAt } = claims;
        // Most say an address only where it is asked for.
        const said = claims['email'] === undefined ? await oidc.fetchUserInfo(found.value, tokens.access_token, subject) : claims;
        const email = said.email_verified === true && typeof said.email === 'string' ? said.email.trim().toLowerCase() : undefined;
        return ok({
          issuer: claims.iss,
          subject,
          ...(email !== undefined && { email }),
          ...(provenAt !== undefined && { provenAtMs: provenAt * MS }),
        });
      } catch (cause) {
        return err({ type: 'refused', cause });
      }
    },
    goodbye: async () => {
      const found = await discover();
      if (!found.ok || found.value.serverMetadata().end_session_endpoint === undefined) return undefined;
      return oidc.buildEndSessionUrl(found.value, { post_logout_redirect_uri: `${home()}/` }).href;
    },
  };
}
