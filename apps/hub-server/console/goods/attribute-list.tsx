/** Attributes that the retailer defined: how each is kept, of which goods it is, and how many have it. */
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import { format } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { HeadCells, NoRows, useBeginning } from '../table-parts.tsx';
import { attributeKind, useAttributeSizes } from './attributes.ts';

export const AttributeList = ({ address }: { readonly address: Address }): ReactElement => {
  const text = (address.filters.q ?? '').trim().toLowerCase();
  const asked = useAttributeSizes();
  const found = (asked.data ?? []).filter(({ attribute, name }) => `${name}\n${attribute}`.toLowerCase().includes(text));
  const [drawn, more] = useBeginning(found, 'attributes');
  if (found.length === 0)
    return (
      <div className="card" data-testid="no-attributes">
        <NoRows asked={asked} none={text === '' ? 'No attribute is defined yet' : 'No attribute is called so'}>
          An attribute says of goods what no other field of theirs does: a voltage, a fabric, an energy class.
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['Attribute', 'What it is', 'Of which goods']} />
            <HeadCells labels={['Articles']} numeric />
          </tr>
        </thead>
        <tbody>
          {drawn.map((each) => (
            <tr key={each.attribute} data-testid="attribute-row">
              <th scope="row">
                <AddressLink to={withFilters(address, { item: each.attribute })}>
                  <bdi>{each.name}</bdi>
                </AddressLink>
                <div className="mut">{each.attribute}</div>
              </th>
              <td className="wraps">{attributeKind(each)}</td>
              <td className="wraps">{each.category === undefined ? <span className="mut">all</span> : <bdi>{each.category}</bdi>}</td>
              <td className="n">{format.count(each.size ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </div>
  );
};
