/** One attribute, or a new one: what it is called, how it is kept, of which goods it is; published, taken back, or removed with all that articles have of it. */
import { Button, Drawer, Select, Tabs, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { plural } from '../format.ts';
import type { Answer } from '../hub-client.ts';
import { ChangeList } from '../inquiry/change-list.tsx';
import { Sure } from '../people/accounts-page.tsx';
import { MayPublish } from '../rights.tsx';
import { Awaiting, Failure, LongSelect } from '../table-parts.tsx';
import {
  ATTRIBUTE_TYPES,
  codeOfName,
  definitionOf,
  isAttributeCode,
  NEW_ATTRIBUTE,
  useAttribute,
  useAttributeSizes,
  useWriteAttribute,
  type WrittenAttribute,
  writtenOf,
} from './attributes.ts';
import { Done } from './bulk-drawer.tsx';
import { treeRows } from './category-tree.ts';
import { useCategories } from './filing.ts';

/** In place of a code in the address: one that is to be defined. */
export const NEW = '+';

type Held = Answer<'getAttributesByAttribute'>;

const DECIMALS = ['0', '1', '2', '3', '4', '5', '6'];

interface FieldsProps {
  readonly written: WrittenAttribute;
  /** Absent: it is new. */
  readonly held: Held | undefined;
  /** Articles have it. */
  readonly isInUse: boolean;
  readonly isTaken: boolean;
  readonly onChange: (changed: Partial<WrittenAttribute>) => void;
}

const Fields = ({ written, held, isInUse, isTaken, onChange }: FieldsProps): ReactElement => {
  const { code, name, type, unit, decimals, choices, category } = written;
  const [isCodeTyped, setCodeTyped] = useState(false);
  const categories = treeRows(useCategories().data ?? []).map((row) => ({ value: row.category, label: row.path.join(' › ') }));
  const codeFault = isTaken ? 'Another one has it' : code === '' || isAttributeCode(code) ? null : 'Small letters a to z, figures, - and _';
  return (
    <div className="two-columns">
      <TextInput
        label="Name"
        description="As people read it"
        maxLength={60}
        value={name}
        onChange={({ currentTarget: { value } }) =>
          onChange({ name: value, ...(held === undefined && !isCodeTyped && { code: codeOfName(value) }) })
        }
        data-autofocus
      />
      {held === undefined ? (
        <TextInput
          label="Code"
          description="What files and programs name it by, for ever"
          maxLength={40}
          error={codeFault}
          value={code}
          onChange={({ currentTarget: { value } }) => {
            setCodeTyped(value !== '');
            onChange({ code: value });
          }}
        />
      ) : null}
      <Select
        label="What it is"
        description={isInUse ? 'Articles have it as this: it stays, or is removed first' : 'How its values are written'}
        data={[...ATTRIBUTE_TYPES]}
        value={type}
        allowDeselect={false}
        disabled={isInUse}
        onChange={(next) => onChange({ type: ATTRIBUTE_TYPES.find(({ value }) => value === next)?.value ?? type })}
      />
      <LongSelect
        label="Of which goods"
        description="Those of a category, and of what lies in it"
        placeholder="all"
        clearable
        searchable
        data={categories}
        value={category === '' ? null : category}
        onChange={(next) => onChange({ category: next ?? '' })}
      />
      {type === 'number' ? (
        <>
          <TextInput
            label="Unit"
            description="What it counts: W, cm, kcal; may stay empty"
            maxLength={12}
            value={unit}
            onChange={({ currentTarget: { value } }) => onChange({ unit: value })}
          />
          <Select
            label="Decimals"
            description="At most so many"
            data={DECIMALS}
            value={decimals}
            allowDeselect={false}
            onChange={(next) => onChange({ decimals: next ?? '0' })}
          />
        </>
      ) : null}
      {type === 'choice' ? (
        <Textarea
          className="whole-row"
          label="To choose from"
          description="One on each line, in the order in which they are offered. What is taken out stands at articles that have it until somebody writes another one"
          autosize
          minRows={4}
          maxRows={12}
          value={choices}
          onChange={({ currentTarget: { value } }) => onChange({ choices: value })}
        />
      ) : null}
    </div>
  );
};

const Form = ({ held, onClose }: { readonly held: Held | undefined; readonly onClose: () => void }): ReactElement => {
  // The version goes with what was read when the form was opened.
  const [begun] = useState(held);
  const before = begun === undefined ? NEW_ATTRIBUTE : writtenOf(begun);
  const [written, setWritten] = useState(before);
  const [isRemoving, setRemoving] = useState(false);
  const all = useAttributeSizes().data ?? [];
  const write = useWriteAttribute();
  const size = all.find(({ attribute }) => attribute === begun?.attribute)?.size ?? 0;
  const isTaken = begun === undefined && all.some(({ attribute }) => attribute === written.code);
  const definition = definitionOf(written);
  const isOther = JSON.stringify(definition) !== JSON.stringify(definitionOf(before));
  const isReady = definition !== undefined && isOther && !isTaken;
  const send = (wished: typeof definition | null): void => {
    if (wished !== undefined) write.mutate({ code: written.code, definition: wished, version: begun?.version });
  };
  if (write.data !== undefined)
    return write.data.lsn === null ? (
      <p role="status">It is so already: nothing was changed.</p>
    ) : (
      <div className="enrol-form">
        <Done lsn={write.data.lsn} onClose={onClose} />
      </div>
    );
  return (
    <form
      className="enrol-form"
      data-testid="attribute-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && !isRemoving && !write.isPending) send(definition);
      }}
    >
      <fieldset disabled={write.isPending || isRemoving}>
        <legend className="for-readers">What it is</legend>
        <Fields
          written={written}
          held={begun}
          isInUse={size > 0}
          isTaken={isTaken}
          onChange={(changed) => {
            write.reset();
            setWritten({ ...written, ...changed });
          }}
        />
      </fieldset>
      <Failure error={write.error} />
      <MayPublish at="global">
        {isRemoving ? (
          <Sure
            text={`${size === 0 ? 'No article has it.' : `${plural(size, 'article')} ${size === 1 ? 'has' : 'have'} it: what they say of it goes along, everywhere and at stores of their own.`} It can be taken back as one.`}
            yes="Remove it"
            isPending={write.isPending}
            onYes={() => send(null)}
            onNo={() => {
              write.reset();
              setRemoving(false);
            }}
          />
        ) : (
          <div className="row-actions">
            <Button type="submit" className="strong-button" disabled={!isReady} loading={write.isPending} data-testid="publish-attribute">
              Publish
            </Button>
            {begun === undefined ? null : (
              <Button
                variant="default"
                data-testid="remove-attribute"
                onClick={() => {
                  write.reset();
                  setRemoving(true);
                }}
              >
                Remove…
              </Button>
            )}
          </div>
        )}
      </MayPublish>
    </form>
  );
};

const One = ({ code, timeZone, onClose }: { readonly code: string } & Omit<AttributeDrawerProps, 'item'>): ReactElement => {
  const asked = useAttribute(code);
  if (asked.data === undefined) return <Awaiting asked={asked} />;
  return (
    <Tabs defaultValue="attribute" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="attribute">Attribute</Tabs.Tab>
        <Tabs.Tab value="history">History</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="attribute" pt="md">
        <Form held={asked.data} onClose={onClose} />
      </Tabs.Panel>
      <Tabs.Panel value="history" pt="md">
        <ChangeList query={{ type: 'attribute', key: code }} timeZone={timeZone} isOfOne />
      </Tabs.Panel>
    </Tabs>
  );
};

export interface AttributeDrawerProps {
  /** Its code, or `NEW`. */
  readonly item: string;
  readonly timeZone: string | undefined;
  readonly onClose: () => void;
}

export const AttributeDrawer = ({ item, timeZone, onClose }: AttributeDrawerProps): ReactElement => {
  const name = useAttributeSizes().data?.find(({ attribute }) => attribute === item)?.name;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={680}
      lockScroll={false}
      title={<bdi className="dialog-title">{item === NEW ? 'New attribute' : (name ?? item)}</bdi>}
    >
      {item === NEW ? <Form held={undefined} onClose={onClose} /> : <One code={item} timeZone={timeZone} onClose={onClose} />}
    </Drawer>
  );
};
