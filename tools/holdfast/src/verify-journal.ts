/** A journal in a file, proven by the lane's public key alone: no till, no hub, no network. */
import { readFile } from 'node:fs/promises';

import { unreachable } from '@holdfast/base';
import { nodeHash, nodeVerifier } from '@holdfast/base/node';
import { journalText, verifyJournal, type JournalProblem, type JournalVerdict } from '@holdfast/sync';

import { CommandFailed, EXIT, UsageError, userPath, type CommandInput } from './command.ts';

/** As many as a person reads. */
const MOST_SHOWN = 50;

/** Prints what was found; the answer is the exit code. */
export async function verifyJournalFile({ json, out }: Pick<CommandInput, 'json' | 'out'>, file: string, key: string): Promise<number> {
  if (!/^[0-9a-f]{64}$/i.test(key)) throw new UsageError('--key is a public key: 64 hex digits.');
  const bytes = await readFile(userPath(file)).catch(() => {
    throw new CommandFailed(`${file} cannot be read.`);
  });
  const text = journalText(bytes);
  const verdict: JournalVerdict = text.ok
    ? verifyJournal(text.value, Buffer.from(key, 'hex'), { hash: nodeHash, verifier: nodeVerifier })
    : { head: undefined, entries: 0, problems: [text.error] };
  const isWhole = verdict.problems.length === 0;
  out(
    json
      ? `${JSON.stringify({ type: 'journal', whole: isWhole, entries: verdict.entries, problems: verdict.problems })}\n`
      : verdictText(verdict),
  );
  return isWhole ? EXIT.done : EXIT.failed;
}

function verdictText({ head, entries, problems }: JournalVerdict): string {
  const whose =
    head === undefined ? '' : `Store ${head.store}, lane ${head.lane}, exported ${new Date(head.exportedAtMs).toISOString()}.\n`;
  const ranges = (head?.ranges ?? [])
    .map(({ epoch, firstSeq, lastSeq }) => `Entries ${firstSeq} to ${lastSeq} of epoch ${epoch}.\n`)
    .join('');
  if (problems.length === 0) return `${whose}${ranges}Whole: ${entries} entries, each as the lane wrote it.\n`;
  const shown = problems.slice(0, MOST_SHOWN).map((problem) => `${problemText(problem)}\n`);
  const more = problems.length > MOST_SHOWN ? `… and ${problems.length - MOST_SHOWN} more.\n` : '';
  return `${whose}${ranges}${shown.join('')}${more}Not as the lane wrote it.\n`;
}

function problemText(problem: JournalProblem): string {
  switch (problem.type) {
    case 'notAJournal':
    case 'notSigned':
    case 'foreign':
      return `Line ${problem.line}: ${problem.because}.`;
    case 'missing': {
      const what = problem.from === problem.to ? `entry ${problem.from} is` : `entries ${problem.from} to ${problem.to} are`;
      return `Epoch ${problem.epoch}: ${what} missing${problem.isTail ? ', cut off at the end' : ''}.`;
    }
    case 'moved':
      return `Epoch ${problem.epoch}: entry ${problem.seq} stands at line ${problem.line}, out of its order.`;
    case 'altered':
      return `Epoch ${problem.epoch}: entry ${problem.seq} (line ${problem.line}) was altered: ${problem.because}.`;
    default:
      return unreachable(problem, 'problemText');
  }
}
