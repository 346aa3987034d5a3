/** Nothing but a machine comes in; one nurse's shift is played on the real agent, pcscd and `tapward`, a line a step with what the ledger says of it; 0, or 1 with the step that failed, goes out. */
import { entryInWords } from '../../agent/cli/entry-words.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import type { ToFace } from '../../core/bridge.ts';
import type { Entry } from '../../core/entry.ts';
import { openAuthority } from '../cards/piv/authority.ts';
import { realStand } from './hardware.ts';
import { startShift } from './shift.ts';
import { enrolled, makeCards, shiftPolicy, shortenedWords } from './shift-cast.ts';
import type { Stage } from './shift-hands.ts';
import { scenes } from './shift-scenes.ts';

export type Played = {
  readonly code: 0 | 1;
  readonly entries: readonly Entry[];
  /** Numbers by first name. */
  readonly ids: ReadonlyMap<string, string>;
};
type Wish = { readonly version: string; readonly say: (line: string) => void };

/** Plays it all; `say` gets a line a step with its milliseconds. Nothing but a real pcscd will do. */
export const playShift = async (wish: Wish): Promise<0 | 1> => (await performShift(wish)).code;

/** The same, with the ledger it left. */
export async function performShift({ version, say }: Wish): Promise<Played> {
  const began = performance.now();
  const real = await realStand(say);
  if (typeof real === 'string') {
    say(`This story needs a real PC/SC service: ${real}`);
    return { code: 1, entries: [], ids: new Map() };
  }
  await using stack = new AsyncDisposableStack();
  const stand = stack.use(real.stand);
  let step = 'the cards are made';
  try {
    const authority = stack.use(openAuthority());
    const { cards, root } = await makeCards(authority);
    step = 'the station shows its locked screen';
    const shift = stack.use(await startShift({ story: 'shift', version, stand, policy: { ...shiftPolicy, pivRoots: authority.keep(root) } }));
    await shift.face.until('the locked screen', (v) => v.screen.kind === 'idle');
    const ids = await enrolled(shift, cards);
    let welcome: ReturnType<Stage['welcomed']> = { left: null, weak: null };
    const leave = shift.station.agent.faces.connect((message: ToFace) => {
      if (message.kind !== 'frame') return;
      const { screen } = message.frame.view;
      if (screen.kind === 'welcome') welcome = { left: screen.tapUntil === null ? null : screen.tapUntil - message.frame.now, weak: screen.weak };
    });
    stack.defer(leave);
    const stage: Stage = { shift, cards, ids, welcomed: () => welcome, provedAt: 0 };
    say(shortenedWords);
    let told = shift.entries().length;
    for (const { what, after, play } of scenes) {
      step = what;
      await after?.(stage);
      const [from, waited] = [performance.now(), shift.waited()];
      const more = await play(stage).catch((cause: unknown) => {
        for (const entry of shift.entries().slice(told)) say(`               ledger: ${withNames(entryInWords(entry), ids)}`);
        throw cause;
      });
      say(`  ${(performance.now() - from - shift.waited() + waited).toFixed(1).padStart(8)} ms  ${what}`);
      if (typeof more === 'string') say(`               ${more}`);
      const entries = shift.entries();
      for (const entry of entries.slice(told).filter(isTold)) say(`               ledger: ${withNames(entryInWords(entry), ids)}`);
      told = entries.length;
    }
    step = 'the ledger is verified';
    await shift.end();
    const verified = verifyLedger({ dir: ledgerDir(shift.dir), startKey: Buffer.from(shift.station.startKey ?? '', 'base64url') });
    if (verified.kind === 'bad' || !verified.macs) throw new Error(verified.kind === 'bad' ? `entry ${verified.seq}: ${verified.why}` : 'the MACs were not proved');
    say(`               the ledger is whole: ${verified.entries} entries, chain, MACs and ${verified.signatures} signatures; where names stand here, it has numbers`);
    say(`Demo passed in ${((performance.now() - began) / 1000).toFixed(0)} s on ${real.name}.`);
    return { code: 0, entries: shift.entries(), ids };
  } catch (why) {
    say(`Demo FAILED at “${step}”: ${why instanceof Error ? why.message : String(why)} (on ${real.name})`);
    return { code: 1, entries: [], ids: new Map() };
  }
}

/** What a step is about; the rest stands in the ledger as well, and the test reads all of it. */
function isTold(entry: Entry): boolean {
  switch (entry.kind) {
    case 'permit':
    case 'locked':
    case 'codeIssued':
    case 'vouched':
    case 'pinChanged':
    case 'changed':
    case 'enrolled':
    case 'revoked':
    case 'emergency':
    case 'emergencyReviewed':
    case 'parkedWarned':
    case 'signedOut':
    case 'practised':
      return true;
    case 'verdict':
      return entry.verdict !== 'accepted';
    case 'tap':
      return ['undone', 'keptTyping', 'keptPolicy', 'askedSwitch', 'unknown'].includes(entry.reason);
    default:
      return false;
  }
}

const withNames = (words: string, ids: ReadonlyMap<string, string>): string => [...ids].reduce((said, [name, id]) => (id.length === 16 ? said.replaceAll(id, name) : said), words);
