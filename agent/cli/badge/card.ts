/** A way to ask the station comes in; a card that somebody holds to its reader goes out, as something to send command APDUs to, and what was made of it as the station is told. */
import type { Transmit } from '../../../core/ports.ts';
import type { Progress, ProvableBadge, Step } from '../../../native/desfire/personalisation.ts';
import type { Ask, Reply, Request } from '../../admin/contract.ts';
import type { BindingStep } from '../../proofs/appraisal.ts';
import type { Answer } from '../answer.ts';
import { stepInWords } from '../binding-words.ts';
import { tellBadgeNews } from '../enrol.ts';
import { unexpected } from '../people.ts';
import type { Terminal } from '../terminal.ts';

export type OpenCard = Pick<Extract<Reply, { kind: 'open' }>, 'hidden' | 'known'> & {
  readonly transmit: Transmit;
  /** Command APDUs so far, and milliseconds since the first. */
  readonly told: () => { readonly apdus: number; readonly took: number };
};

/** `person`: whose it is or shall be; null: nobody's yet. */
export async function openCard(ask: Ask, terminal: Terminal, person: string | null, seconds: number): Promise<OpenCard | Answer> {
  const reply = await ask({ ask: 'badge', seconds, as: 'open', ...(person === null ? {} : { person }) }, { hear: tellBadgeNews(terminal) });
  if (reply.kind !== 'open') return unexpected(reply);
  terminal.say('Got it. Leave the badge there until this is done.');
  const began = performance.now();
  let apdus = 0;
  return {
    hidden: reply.hidden,
    known: reply.known,
    told: () => ({ apdus, took: performance.now() - began }),
    transmit: async (command) => {
      apdus++;
      const answer = await ask({ ask: 'apdu', command: Buffer.from(command).toString('hex') });
      // Whatever else came instead, nothing came from the card.
      return answer.kind === 'apdu' && answer.response !== null ? Uint8Array.from(Buffer.from(answer.response, 'hex')) : null;
    },
  };
}

const bindingSteps: Readonly<Record<Step, BindingStep>> = { card: 'read', application: 'bind', keys: 'bind', randomUid: 'bind', check: 'bind' };

/** Each step once, in the words of every enrolment; the last is the station's to tell. */
export function tellProgress(terminal: Terminal): Progress {
  let told: BindingStep | null = null;
  return (step) => {
    const now = bindingSteps[step];
    if (now !== told) terminal.say(stepInWords(now));
    told = now;
  };
}

/** What the station keeps: this badge's own key, and never the site's. `hidden`: a tap will show the badge number, not the UID. */
export function keptOf({ aid, keyNo, keyVersion, key, uid, number }: ProvableBadge, hidden: boolean): Extract<Request, { ask: 'made' }>['aes'] {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return { aid: text(aid), keyNo, keyVersion, key: text(key), uid: text(uid), number: text(number), by: hidden ? 'number' : 'uid' };
}

/** The station checks what was made as it would a tap, and keeps it for the rest of the conversation; null: it does. */
export async function keepMade(ask: Ask, terminal: Terminal, aes: ReturnType<typeof keptOf>): Promise<Answer | null> {
  const reply = await ask({ ask: 'made', aes }, { hear: tellBadgeNews(terminal) });
  return reply.kind === 'badge' ? null : unexpected(reply);
}
