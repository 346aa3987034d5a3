/** A file's name comes in; everybody enrolled here goes out into it as one signed bundle, or what such a file brings is merged in. Totals are told, never names. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { News } from '../admin/contract.ts';
import { partBytes } from '../admin/contract.ts';
import { longestBundle } from '../group/bundle.ts';
import { type Answer, count, plain, sorry } from './answer.ts';
import type { Command, Given } from './command.ts';
import { atStation, unexpected } from './people.ts';
import { newPrivateFile } from './private-file.ts';

export const exportPeople: Command = {
  name: 'people export',
  summary: 'everybody here into one signed file for the group’s other stations',
  words: { least: 0, most: 0, named: '' },
  options: [['out', 'FILE', 'where it goes; a new file for this account alone']],
  notes: [
    'Only the group’s stations can read it, and none takes it if a byte was changed or an older one came after a newer. Spread it with what you spread files with.',
    'It holds people with role, number and account, badges, PINs as their hashes, and who was revoked. Not in it: spare badges that are lent, codes, running windows, a security key’s share of a record.',
  ],
  run: async (given) => {
    const { out } = given.options;
    if (out === undefined) return sorry({ because: 'wrong', why: 'Say with --out which file the bundle goes into.' });
    const file = newPrivateFile(out);
    if ('kind' in file) return sorry({ because: 'refused', why: file.why });
    try {
      return await atStation(given, async (ask) => {
        const reply = await ask({ ask: 'exportPeople' }, { hear: telling(given, 'exported') });
        if (reply.kind !== 'exported') return unexpected(reply);
        const parts: Buffer[] = [];
        for (let at = 0; at < reply.bytes; at += partBytes) {
          const fetched = await ask({ ask: 'bundlePart', at });
          if (fetched.kind !== 'part') return unexpected(fetched);
          parts.push(Buffer.from(fetched.part, 'base64'));
        }
        file.write(Buffer.concat(parts));
        const { people, sequence, sha256, bytes } = reply;
        return {
          code: 0,
          text: [`${count(people, 'person', 'people')} in ${plain(file.path)}: bundle ${sequence}, ${bytes} bytes, sha256 ${sha256}.`],
          json: { kind: 'exported', people, sequence, bytes, sha256, file: file.path },
        };
      });
    } finally {
      file.drop();
    }
  },
};

export const importPeople: Command = {
  name: 'people import',
  summary: 'take over what a bundle from another station of the group brings',
  words: { least: 1, most: 1, named: 'FILE' },
  options: [],
  notes: [
    'All of it or nothing; taps go on meanwhile. Who was revoked at either station is revoked; the later change of a person, badge or PIN counts; wrong tries fall only where the help desk gave a new PIN.',
    'Exits 1 for an older bundle, one of another group, or one that was changed: nothing is changed then. With --json `reason` is which: same (it was imported already), older, twins, changed, cutShort, otherGroup and so on.',
  ],
  run: (given) => {
    const file = readBounded(given.words[0] ?? '');
    if ('code' in file) return Promise.resolve(file);
    return atStation(given, async (ask) => {
      for (let at = 0; at < file.length; at += partBytes) {
        const sent = await ask({ ask: 'sendPart', part: file.subarray(at, at + partBytes).toString('base64') });
        if (sent.kind !== 'listed') return unexpected(sent);
      }
      const reply = await ask({ ask: 'importPeople' }, { hear: telling(given, 'merged') });
      if (reply.kind !== 'imported') return unexpected(reply);
      const { from, sequence, added, changed, revoked, unchanged, conflicts } = reply;
      const conflict = `${count(conflicts, 'conflict')}: somebody lost a badge, number or account that another has too; \`tapward people\` shows who has none, and a badge in conflict opens nobody until it is enrolled again.`;
      return {
        code: 0,
        text: [`Bundle ${sequence} of station ${from}: ${added} added, ${changed} changed, ${revoked} revoked, ${unchanged} as they were.`, ...(conflicts > 0 ? [conflict] : [])],
        json: reply,
      };
    });
  },
};

const telling =
  ({ terminal }: Given, what: string) =>
  (news: News): void => {
    if (news.kind === 'progress' && terminal.isPerson && news.all >= 200) terminal.say(`${news.done} of ${news.all} ${what}`);
  };

function readBounded(path: string): Buffer | Answer {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    if (fstatSync(fd).size > longestBundle)
      return sorry({ because: 'refused', why: 'The file is too large for a bundle of people: take the one that `tapward people export` wrote.' });
    const file = readFileSync(fd);
    return file.length > 0 ? file : sorry({ because: 'refused', why: 'The file is empty: copy the bundle again.' });
  } catch (e) {
    return sorry({ because: 'wrong', why: `The bundle cannot be read (${(e as NodeJS.ErrnoException).code ?? 'unknown'}): name the file that \`tapward people export\` wrote.` });
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
