/** An attribute where goods are shown: what it is called, and the field in which its value is written. */
import { Select, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';

import { type Attribute, attributeLabel, useAttributes } from './attributes.ts';

const YES_OR_NO = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
];

/** What may be chosen; undefined where it is typed. */
export const choicesOf = ({ type, choices = [] }: Attribute): readonly { readonly value: string; readonly label: string }[] | undefined =>
  type === 'yesNo' ? YES_OR_NO : type === 'choice' ? choices.map((choice) => ({ value: choice, label: choice })) : undefined;

interface ValueInputProps {
  readonly of: Attribute;
  readonly value: string;
  readonly about?: string | undefined;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

export const ValueInput = ({ of, value, about, placeholder, onChange }: ValueInputProps): ReactElement => {
  const common = {
    label: attributeLabel(of),
    ...(placeholder !== undefined && { placeholder }),
    ...(about !== undefined && { description: about }),
  };
  const choices = choicesOf(of);
  if (choices === undefined)
    return (
      <TextInput
        {...common}
        {...(of.type === 'number' && { inputMode: 'decimal' as const })}
        maxLength={200}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  // A choice that was taken out stands until somebody chooses another one.
  const data = value === '' || choices.some((each) => each.value === value) ? [...choices] : [...choices, { value, label: value }];
  return <Select {...common} data={data} value={value === '' ? null : value} clearable onChange={(next) => onChange(next ?? '')} />;
};

/** Of one that is gone, its code. */
export const AttributeName = ({ code }: { readonly code: string }): ReactElement => (
  <bdi>{useAttributes().data?.find(({ attribute }) => attribute === code)?.name ?? code}</bdi>
);
