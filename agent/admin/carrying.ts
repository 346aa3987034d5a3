/** One administrator's requests about the station group come in, a bundle in pieces with them; answers go out. What was sent or asked for is kept no longer than the conversation. */

import { longestBundle } from '../group/bundle.ts';
import type { StationGroup } from '../group/group.ts';
import type { Effects } from '../group/plan.ts';
import { type GroupRefusal, groupSentence } from '../group/refusal.ts';
import { type News, partBytes, type Reply, type Request, refused } from './contract.ts';

export type GroupRequest = Extract<Request, { ask: 'group' | 'createGroup' | 'invite' | 'joinGroup' | 'exportPeople' | 'bundlePart' | 'sendPart' | 'importPeople' }>;
export type Carrying = Disposable & { readonly answer: (request: GroupRequest, code: Uint8Array, hear: (news: News) => void) => Promise<Reply> };
export type CarryingParts = {
  readonly group: StationGroup;
  readonly actor: string;
  /** What an import took from people who were known here. */
  readonly applied: (effects: Effects) => void;
};

export function createCarrying({ group, actor, applied }: CarryingParts): Carrying {
  let made: Buffer | null = null;
  let sent: Buffer[] = [];
  let length = 0;
  let isBusy = false;
  const said = (answer: Reply | GroupRefusal): Reply => (answer.kind === 'groupRefusal' ? refused('refused', groupSentence(answer), answer.because) : answer);
  const forget = (): void => {
    sent = [];
    length = 0;
    made = null;
  };
  /** In steps that people can see. */
  const progress = (hear: (news: News) => void): ((done: number, all: number) => void) => {
    let told = 0;
    return (done, all) => {
      const tenths = Math.floor((10 * done) / Math.max(1, all));
      if (tenths === told) return;
      told = tenths;
      hear({ kind: 'progress', done, all });
    };
  };
  const alone = async (work: () => Promise<Reply | GroupRefusal>): Promise<Reply> => {
    if (isBusy) return refused('refused', 'People are being carried right now: try again in a moment.');
    isBusy = true;
    try {
      return said(await work());
    } finally {
      isBusy = false;
    }
  };

  return {
    answer: (request, code, hear) => {
      switch (request.ask) {
        case 'group':
          return Promise.resolve({ kind: 'groupState', state: group.state() });
        case 'createGroup': {
          const created = group.create(actor);
          return Promise.resolve(created.kind === 'group' ? { kind: 'groupState', state: created } : said(created));
        }
        case 'invite':
          return Promise.resolve(said(group.invite(request.may, request.hours, code, actor)));
        case 'joinGroup': {
          const joined = group.join(request.invitation, code, actor);
          return Promise.resolve(joined.kind === 'group' ? { kind: 'groupState', state: joined } : said(joined));
        }
        case 'exportPeople':
          return alone(async () => {
            const exported = await group.exportPeople(actor, progress(hear));
            if (exported.kind === 'groupRefusal') return exported;
            const { file, ...about } = exported;
            made = file;
            return { ...about, bytes: file.length };
          });
        case 'bundlePart': {
          const part = made?.subarray(request.at, request.at + partBytes) ?? Buffer.alloc(0);
          return Promise.resolve(part.length === 0 ? refused('wrong', 'There is nothing to fetch: run the command again.') : { kind: 'part', part: part.toString('base64') });
        }
        case 'sendPart': {
          const part = Buffer.from(request.part, 'base64');
          length += part.length;
          if (length > longestBundle) {
            forget();
            return Promise.resolve(refused('refused', 'The file is too large for a bundle of people: take the one that `tapward people export` wrote.'));
          }
          sent.push(part);
          return Promise.resolve({ kind: 'listed', count: sent.length });
        }
        case 'importPeople':
          return alone(async () => {
            const file = Buffer.concat(sent);
            forget();
            return group.importPeople(file, actor, { progress: progress(hear), applied });
          });
        default:
          return request satisfies never;
      }
    },
    [Symbol.dispose]: forget,
  };
}
