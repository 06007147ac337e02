import { EXIT, UsageError, type Command } from '../command.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

export const command: Command = {
  name: 'person',
  usage: 'erase PERSON --hub URL --token T',
  about: [
    'Erases a person, by the id under which ledgers name them: their key is deleted, and with it whatever was sealed for them means nothing any more, here and, with its next contact,',
    'on every lane. Sums and ledgers stand as they were. It cannot be undone. Doing it again changes nothing.',
  ].join('\n'),
  flags: HUB_FLAGS,
  positionals: { min: 2, max: 2 },
  examples: ['pnpm holdfast person erase 4f1c0d5e6a7b8c9d0e1f2a3b4c5d6e7f --hub http://localhost:7400 --token T'],
  run: async ({ positionals: [what, person], need, json, out }) => {
    if (what !== 'erase' || person === undefined || !/^[0-9a-f]{32}$/.test(person))
      throw new UsageError('A person is erased by an id of 32 hex digits: person erase ID.');
    const { erased } = await createHubApi(need('hub'), need('token')).erasePerson(person);
    if (json) out(`${JSON.stringify({ type: 'personErased', person, erased })}\n`);
    else out(erased ? 'Erased. Lanes hear of it with their next contact.\n' : 'This person was erased before.\n');
    return EXIT.done;
  },
};
