/** Which store comes after one that was merged into it, or closed: what the old one sold is found there, and no device is enrolled at the old one any more. */
import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';

import type { StoreInfo } from '../api.ts';
import { askHub } from '../hub-client.ts';
import { Failure, LongSelect } from '../table-parts.tsx';

/** No store has no name. */
const NONE = '';

export interface MergeDialogProps {
  readonly stores: readonly StoreInfo[];
  readonly onClose: () => void;
}

export const MergeDialog = ({ stores, onClose }: MergeDialogProps): ReactElement => {
  const client = useQueryClient();
  const [store, setStore] = useState(stores[0]?.store ?? '');
  const stands = stores.find((each) => each.store === store)?.successor ?? NONE;
  const [chosen, setChosen] = useState<string | undefined>();
  const successor = chosen ?? stands;
  const name = useMutation({
    mutationFn: () =>
      askHub('putStoresByStoreSuccessor', { question: { store }, body: { successor: successor === NONE ? null : successor } }),
    networkMode: 'always',
    onSuccess: onClose,
    onSettled: () => void client.invalidateQueries({ queryKey: ['stores'] }),
  });
  const options = stores.map((each) => ({ value: each.store, label: `${each.store} · ${each.name}` }));
  return (
    <Modal opened lockScroll={false} onClose={onClose} title={<span className="dialog-title">Merge a store</span>} centered>
      <form
        className="enrol-form"
        onSubmit={(event) => {
          event.preventDefault();
          name.mutate();
        }}
      >
        <LongSelect
          label="Store"
          data={options}
          value={store}
          allowDeselect={false}
          onChange={(value) => {
            setStore(value ?? store);
            setChosen(undefined);
          }}
        />
        <LongSelect
          label="Was merged into"
          description="Its receipts are found there, and no device is enrolled at it any more. It keeps its number, its sales and its stock, and its lanes sell on until they are enrolled elsewhere."
          data={[{ value: NONE, label: 'no other store' }, ...options.filter(({ value }) => value !== store)]}
          value={successor}
          allowDeselect={false}
          onChange={(value) => setChosen(value ?? NONE)}
        />
        <Failure error={name.error} />
        <Button type="submit" className="strong-button" loading={name.isPending} disabled={successor === stands} data-testid="merge-submit">
          {successor === NONE ? 'Stands by itself again' : 'Merge it'}
        </Button>
      </form>
    </Modal>
  );
};
