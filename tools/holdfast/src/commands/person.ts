import { isPersonId } from '@holdfast/domain';

import { EXIT, UsageError, type Command } from '../command.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

export const command: Command = {
  name: 'person',
  usage: 'erase PERSON --hub URL --token T',
  about: [
    'Erases a person, by the id under which ledgers name them: a customer’s name, phone, cards and whatever else is personal, and, with its next contact, what a lane may know of them.',
    'Sums and ledgers stand as they were. It cannot be undone. Doing it again changes nothing.',
  ].join('\n'),
  flags: HUB_FLAGS,
  positionals: { min: 2, max: 2 },
  examples: ['pnpm holdfast person erase k-0123456789abcdef0123 --hub http://localhost:7400 --token T'],
  run: async ({ positionals: [what, person], need, json, out }) => {
    if (what !== 'erase' || person === undefined || !isPersonId(person))
      throw new UsageError('A person is erased by the id that stands in ledgers, never by a name: person erase ID.');
    const { erased } = await createHubApi(need('hub'), need('token')).erasePerson(person);
    if (json) out(`${JSON.stringify({ type: 'personErased', person, erased })}\n`);
    else out(erased ? 'Erased. Lanes hear of it with their next contact.\n' : 'This person was erased before.\n');
    return EXIT.done;
  },
};
