/** Asks whoever wants something that reaches beyond their session for their password and a code, over whatever is open. */
import { Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState, useSyncExternalStore } from 'react';

import { askHub } from '../hub-client.ts';
import { EMPTY_PROOF, ProveForm } from './profile-page.tsx';
import { isAsking, settleProof, whenAsking } from './proof.ts';
import type { Proof } from './sign-in.ts';

/** Above the dialog that asked for it. */
const ABOVE = 400;

const Asked = (): ReactElement => {
  const [proof, setProof] = useState(EMPTY_PROOF);
  const prove = useMutation({ mutationFn: async (body: Proof) => askHub('postSessionProof', { body }), networkMode: 'always' });
  return (
    <Modal
      opened
      lockScroll={false}
      zIndex={ABOVE}
      onClose={() => settleProof(false)}
      title={<span className="dialog-title">Is it you?</span>}
      size={460}
    >
      <div data-testid="proof-dialog">
        <p className="mut">
          This reaches beyond where you are signed in. For a quarter of an hour you are not asked again. Whoever comes in by the identity
          provider signs out and in again instead.
        </p>
        <ProveForm
          proof={proof}
          onChange={setProof}
          label="Go on"
          isPending={prove.isPending}
          error={prove.error}
          onSubmit={() => prove.mutate(proof, { onSuccess: () => settleProof(true), onError: () => setProof({ ...proof, code: '' }) })}
        />
      </div>
    </Modal>
  );
};

export const ProofDialog = (): ReactElement | null => (useSyncExternalStore(whenAsking, isAsking) ? <Asked /> : null);
