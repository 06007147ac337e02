/** A signer by its address: `tcp://HOST:PORT`. */
import { err, ok, type Result, type Timers } from '@holdfast/base';

import { parseAddress } from '../link/parse-address.ts';
import type { FiscalSigner } from './fiscal-signer.ts';
import { createLinkSigner } from './link-signer.ts';

export function openFiscalSigner(
  address: string,
  timers: Timers,
): Result<FiscalSigner, { readonly type: 'badAddress'; readonly expected: string }> {
  const link = parseAddress(address);
  if (!link.ok || !address.startsWith('tcp://')) return err({ type: 'badAddress', expected: 'tcp://HOST:PORT' });
  return ok(createLinkSigner({ link: link.value, timers }));
}
