/** Who may sign on where, and a new PIN for whoever has forgotten theirs. Nobody can be told the one that they had. */
import { Button, Modal, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { plural } from '../format.ts';
import { placeName } from '../places.ts';
import { May } from '../rights.tsx';
import { Failure, HeadCells, NoRows, setFilter, Tag } from '../table-parts.tsx';
import { isPersonShown, pinProblem, resetPin, type StaffRow, useStaff } from './people.ts';

const Reset = ({ person, onDone }: { readonly person: StaffRow; readonly onDone: () => void }): ReactElement => {
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const queries = useQueryClient();
  const reset = useMutation({
    mutationFn: () => resetPin(person, pin),
    networkMode: 'always',
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['staff'] });
      onDone();
    },
  });
  const problem = again === '' ? undefined : pinProblem(pin, again);
  return (
    <form
      className="enrol-form"
      data-testid="reset-pin"
      onSubmit={(event) => {
        event.preventDefault();
        if (pinProblem(pin, again) === undefined) reset.mutate();
      }}
    >
      <p>
        The new PIN holds at each lane as soon as the lane hears of it; the old one ends there, and so does a count of wrong attempts. Tell
        it to nobody else, and have it changed at the lane (<b>F11</b>, <b>F6</b>).
      </p>
      <PasswordInput
        label="New PIN"
        inputMode="numeric"
        autoComplete="new-password"
        value={pin}
        onChange={(event) => setPin(event.currentTarget.value)}
        data-autofocus
      />
      <PasswordInput
        label="Once more"
        inputMode="numeric"
        autoComplete="new-password"
        value={again}
        error={problem}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
      <Failure error={reset.error} />
      <Button type="submit" className="strong-button" loading={reset.isPending} disabled={pinProblem(pin, again) !== undefined}>
        Set the new PIN
      </Button>
    </form>
  );
};

export const PeoplePage = ({ places, address }: { readonly places: Places; readonly address: Address }): ReactElement => {
  const { q = '' } = address.filters;
  const asked = useStaff();
  const data = asked.data ?? [];
  const [person, setPerson] = useState<StaffRow>();
  const shown = data.filter((each) => isPersonShown(each, q));
  return (
    <div className="page" data-testid="people">
      <header className="page-head">
        <h1>People</h1>
        <span className="mut">{asked.data === undefined ? '' : plural(shown.length, 'person', 'people')}</span>
        <div className="tools">
          <TextInput
            aria-label="Person"
            placeholder="Name, role or place"
            w={200}
            value={q}
            onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
          />
        </div>
      </header>
      {shown.length === 0 ? (
        <div className="card" data-testid="no-people">
          <NoRows asked={asked} none={data.length === 0 ? 'Nobody is on the staff yet' : 'Nobody of that kind'}>
            People are brought in with <code>pnpm holdfast import staff FILE</code>. Until somebody has a PIN or a badge, lanes sell without
            signing on.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Name', 'Key', 'Where', 'Roles', 'Signs on by', '']} />
              </tr>
            </thead>
            <tbody>
              {shown.map((each) => (
                <tr key={`${each.scope} ${each.user}`}>
                  <th scope="row">{each.name ?? each.user}</th>
                  <td className="mut">{each.user}</td>
                  <td>{placeName(places, each.scope)}</td>
                  <td>{each.roles.join(', ')}</td>
                  <td>
                    {each.isBreakGlass ? <Tag tone="warn">sealed code</Tag> : null}
                    {each.isBreakGlass ? ' ' : null}
                    {[...(each.hasPin ? ['PIN'] : []), ...(each.hasBadge ? ['badge'] : [])].join(', ')}
                    {each.hasPin || each.hasBadge ? null : <Tag tone="warn">nothing yet</Tag>}
                  </td>
                  <td>
                    <May action="publish" at={each.scope}>
                      <Button
                        variant="default"
                        size="xs"
                        onClick={() => setPerson(each)}
                        aria-label={`New PIN for ${each.name ?? each.user}`}
                      >
                        New PIN
                      </Button>
                    </May>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Modal
        opened={person !== undefined}
        onClose={() => setPerson(undefined)}
        title={person === undefined ? '' : `New PIN for ${person.name ?? person.user}`}
      >
        {person === undefined ? null : <Reset person={person} onDone={() => setPerson(undefined)} />}
      </Modal>
    </div>
  );
};
