/** The table of permissions at a place: each role's column, each action's row; a cell is written after a look at what it would be in every store. */
import { Button, Drawer, Select, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { elsewhereText, SaysWho, WriteRules } from '../company/rule-parts.tsx';
import { useOfPlace } from '../company/rules.ts';
import { plural } from '../format.ts';
import { ChangeList } from '../inquiry/change-list.tsx';
import { AddressLink, moveTo } from '../navigation.tsx';
import { placeName } from '../places.ts';
import { May } from '../rights.tsx';
import { NoRows, PlaceFilter } from '../table-parts.tsx';
import {
  actionText,
  type Grant,
  grantFieldText,
  grantText,
  limitIn,
  type LimitKind,
  limitLabel,
  limitText,
  type Roles,
  type RoleWish,
} from './roles.ts';

export interface RolesPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

const grantOf = ({ grants }: Roles, role: string, action: string): Grant | undefined =>
  grants.find((grant) => grant.role === role && grant.action === action);

export const RolesPage = ({ places, address, timeZone }: RolesPageProps): ReactElement => {
  const { place = '', item = '' } = address.filters;
  const scope = place === '' ? 'global' : place;
  const asked = useOfPlace('roles', scope);
  const [named, setNamed] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState('');
  const [role = '', action = ''] = item.split(' ');
  const close = (): void => moveTo(withFilters(address, { item: '' }), 'replace');
  const { data } = asked;
  const roles = [
    ...(data?.roles ?? []),
    ...named.filter((each) => data?.roles.every((held) => held.role !== each) === true).map((each) => ({ role: each, people: 0 })),
  ];
  const kind = data?.actions.find((each) => each.action === action)?.limit;
  return (
    <div className="page" data-testid="roles">
      <header className="page-head">
        <h1>Roles</h1>
        <span className="mut">{placeName(places, scope)}</span>
        <div className="tools">
          <PlaceFilter address={address} />
          <May action="publish" at="global">
            <form
              className="filter-row"
              onSubmit={(event) => {
                event.preventDefault();
                if (/^[a-z][\w-]{0,39}$/.test(typed)) setNamed([...named, typed]);
                setTyped('');
              }}
            >
              <TextInput
                aria-label="A new role"
                placeholder="A new role…"
                w={150}
                value={typed}
                error={typed !== '' && !/^[a-z][\w-]{0,39}$/.test(typed)}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
              <Button type="submit" variant="default">
                Add
              </Button>
            </form>
          </May>
        </div>
      </header>
      {data === undefined ? (
        <div className="card" data-testid="no-roles">
          <NoRows asked={asked} none="">
            What no grant allows is denied.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data roles">
            <thead>
              <tr>
                <th scope="col">May</th>
                {roles.map((each) => (
                  <th key={each.role} scope="col">
                    {each.role}
                    <div className="mut">{plural(each.people, 'person', 'people')}</div>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.actions.map(({ action: name, limit }) => (
                <tr key={name} data-testid="role-row">
                  <th scope="row">{actionText(name)}</th>
                  {roles.map((each) => {
                    const grant = grantOf(data, each.role, name);
                    return (
                      <td key={each.role}>
                        <AddressLink
                          to={withFilters(address, { item: `${each.role} ${name}` })}
                          className={grant?.isAllowed === true ? undefined : 'mut'}
                          aria-label={`${each.role}, ${actionText(name)}: ${grantText(grant, limit)}`}
                        >
                          {grantText(grant, limit)}
                        </AddressLink>
                        {grant !== undefined && grant.from === scope && scope !== 'global' ? <span className="mut"> here</span> : null}
                        {grant !== undefined && grant.elsewhere.length > 0 ? (
                          <span className="mut"> · {plural(grant.elsewhere.length, 'place')} otherwise</span>
                        ) : null}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Drawer
        opened={data !== undefined && kind !== undefined}
        onClose={close}
        position="right"
        size={560}
        lockScroll={false}
        title={
          <span className="dialog-title">
            {role}: {actionText(action)}
          </span>
        }
      >
        {data === undefined || kind === undefined ? null : (
          <>
            <Edit
              key={`${scope} ${item} ${data.lsn}`}
              of={grantOf(data, role, action)}
              {...{ role, action, kind, scope, places, timeZone, lsn: data.lsn }}
              onDone={close}
            />
            <h3>History</h3>
            <ChangeList query={{ type: 'roleGrant', key: `${role}\u001F${action}` }} timeZone={timeZone} isOfOne />
          </>
        )}
      </Drawer>
    </div>
  );
};

interface EditProps {
  readonly of: Grant | undefined;
  readonly role: string;
  readonly action: string;
  readonly kind: LimitKind;
  readonly scope: string;
  readonly places: Places;
  readonly timeZone: string | undefined;
  readonly lsn: number;
  readonly onDone: () => void;
}

const CHOICES = [
  { value: 'no', label: 'not allowed' },
  { value: 'any', label: 'allowed' },
];
const UP_TO = { value: 'limit', label: 'allowed up to' };

const Edit = ({ of, role, action, kind, scope, places, timeZone, lsn, onDone }: EditProps): ReactElement => {
  const held = of?.isAllowed !== true ? 'no' : of.limit === null ? 'any' : 'limit';
  const [choice, setChoice] = useState(held);
  const [text, setText] = useState(of === undefined || of.limit === null ? '' : limitText(of.limit, kind).replace(/[ ,%]/g, ''));
  const limit = choice === 'limit' ? limitIn(text, kind) : null;
  const isOther = choice !== held || (choice === 'limit' && limit !== of?.limit);
  const common = { scope, basedOn: lsn };
  const wish = limit === undefined || !isOther ? undefined : { ...common, grants: [{ role, action, isAllowed: choice !== 'no', limit }] };
  return (
    <WriteRules<RoleWish>
      path="roles"
      // Grants are changed by who may publish everywhere.
      scope="global"
      textOf={(_change, field, value) => grantFieldText(field, value, kind)}
      places={places}
      timeZone={timeZone}
      wish={wish}
      {...(of?.from === scope && {
        leave: {
          label: scope === 'global' ? 'Take the grant away' : 'Say nothing here',
          wish: { ...common, grants: [{ role, action, isAllowed: null, limit: null }] },
        },
      })}
      testId="edit-role"
      onDone={onDone}
    >
      <p className="mut">
        {placeName(places, scope)}.{' '}
        {of === undefined ? 'Nobody says anything of it: it is denied.' : <SaysWho from={of.from} scope={scope} />}
        {of !== undefined && of.elsewhere.length > 0 ? ` Of their own: ${elsewhereText(of.elsewhere)}.` : ''}
      </p>
      <div className="two-columns">
        <Select
          label="It is"
          data={kind === 'none' ? CHOICES : [...CHOICES, UP_TO]}
          value={choice}
          allowDeselect={false}
          onChange={(next) => setChoice(next ?? held)}
          data-autofocus
        />
        {choice === 'limit' ? (
          <TextInput
            label={limitLabel[kind]}
            inputMode="decimal"
            value={text}
            error={limit === undefined && text !== '' ? 'A figure' : null}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        ) : null}
      </div>
    </WriteRules>
  );
};
