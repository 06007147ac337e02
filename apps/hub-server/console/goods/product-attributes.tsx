/** What an article says of the attributes that its retailer defined: a field for each that goods of its category may have. */
import type { ReactElement } from 'react';

import { Failure } from '../table-parts.tsx';
import { ValueInput } from './attribute-parts.tsx';
import { type AttributeForm, type ValueField, valueIn } from './attributes.ts';

interface ProductAttributesProps {
  readonly fields: readonly ValueField[];
  /** Why the hub did not tell which there are. */
  readonly error: unknown;
  readonly held: AttributeForm;
  readonly form: AttributeForm;
  readonly onChange: (form: AttributeForm) => void;
}

export const ProductAttributes = ({ fields, error, held, form, onChange }: ProductAttributesProps): ReactElement | null => {
  if (fields.length === 0) return <Failure error={error} />;
  return (
    <fieldset className="attribute-fields" data-testid="product-attributes">
      <legend>Attributes</legend>
      <div className="two-columns">
        {fields.map((field) => (
          <ValueInput
            key={field.attribute}
            of={field}
            value={valueIn(form, field.attribute) ?? valueIn(held, field.attribute) ?? ''}
            about={field.isLeft ? 'not of this department: emptied, it is taken away' : undefined}
            onChange={(value) => onChange({ ...form, [field.attribute]: value })}
          />
        ))}
      </div>
    </fieldset>
  );
};
