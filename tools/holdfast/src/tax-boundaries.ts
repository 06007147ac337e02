/** The jurisdictions of a US place out of a Streamlined Sales Tax boundary file, which may have millions of records: it is read as it comes. */
import { createReadStream } from 'node:fs';

import { jurisdictionKey, jurisdictionsAt, parseSstBoundary, type SstBoundary, type UsPlace } from '@holdfast/domain';
import { parse } from 'csv-parse';

import { CommandFailed } from './command.ts';

/** As the hub takes them: `state:27,county:053`. Records of addresses are passed over; a record of the ZIP code that cannot be read ends the command. */
export async function findJurisdictions(path: string, place: UsPlace, on: string): Promise<string> {
  const candidates: SstBoundary[] = [];
  let record = 0;
  for await (const row of createReadStream(path).pipe(parse({ bom: true, relax_column_count: true, skip_empty_lines: true }))) {
    record += 1;
    const boundary = parseSstBoundary(row as readonly string[]);
    if (boundary.ok) {
      const [low, high] = boundary.value.zips;
      if (low <= place.zip && place.zip <= high) candidates.push(boundary.value);
    } else if (boundary.error.reason !== 'unknownRecordType' && (row as readonly string[]).includes(place.zip)) {
      throw new CommandFailed(
        `${path}: record ${record} cannot be read (${boundary.error.reason} ${boundary.error.value}). Nothing was sent.`,
      );
    }
  }
  const jurisdictions = jurisdictionsAt(candidates, place, on);
  if (jurisdictions === undefined) {
    const other = candidates.length === 0 ? 'no record covers it' : 'its records do not hold then: say another day with --on';
    throw new CommandFailed(`${path} does not know ${place.zip} on ${on}: ${other}. Nothing was sent.`);
  }
  return jurisdictions.map(jurisdictionKey).join(',');
}
