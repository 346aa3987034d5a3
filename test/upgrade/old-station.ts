/** The folder of an earlier version's code, a station's folder and what to do come in; that version does it, and one line of JSON about it goes out. */
import { join } from 'node:path';
import type * as Pins from '../store/pin-of.ts';
import type * as Places from '../store/place.ts';
import type { Opened } from '../store/place.ts';
import { pinOfPerson, uidOfPerson } from './person.ts';

const [, , code = '', dir = '', what = '', ...words] = process.argv;
const { placeIn, enrolled, digits, uidOf } = (await import(join(code, 'test/store/place.ts'))) as typeof Places;
const { pinOf } = (await import(join(code, 'test/store/pin-of.ts'))) as typeof Pins;
const tell = (found: unknown): void => void process.stdout.write(JSON.stringify(found));
const place = placeIn(dir);

/** Everybody has a badge and a PIN; person 1 is revoked, person 2 typed three wrong ones. */
async function fill({ enrolment, verifier }: Opened, people: number): Promise<void> {
  const ids: string[] = [];
  for (let n = 0; n < people; n++) ids.push((await enrolled(enrolment, 'Sam', uidOfPerson(n), pinOfPerson(n))).subscriber.id);
  enrolment.revokePerson(ids[1] ?? '', 'test');
  for (let tries = 0; tries < 3; tries++) await verifier.verify(ids[2] ?? '', pinOf(digits('111111')), 'uid');
}

/** Whether each person's badge is found, is revoked, and her PIN is right: `sam`, `revoked`, `wrong`. */
async function look({ store, verifier }: Opened, people: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let n = 0; n < people; n++) {
    const holder = store.findByBadge(uidOf(uidOfPerson(n)));
    if (holder === null || holder.revoked) found.push(holder === null ? 'unknown' : 'revoked');
    else found.push((await verifier.verify(holder.subscriber.id, pinOf(digits(pinOfPerson(n))), 'uid')).kind);
  }
  return found;
}

let opened: Opened | null = null;
try {
  opened = place.open();
} catch (why) {
  tell({ refused: why instanceof Error ? why.message : String(why) });
}
if (opened !== null) {
  const people = Number(words[0] ?? 0);
  if (what === 'fill') await fill(opened, people);
  tell({ found: what === 'look' ? await look(opened, people) : [], entries: opened.ledger.count });
  if (what === 'hold') process.stdin.on('data', () => undefined).on('end', opened.close);
  else opened.close();
}
