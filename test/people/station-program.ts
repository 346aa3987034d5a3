/** Settings come in as the one argument; a real agent with a PC/SC reader and its doors, and nobody enrolled, runs here, does what its parent says over IPC, and ends with it. */
import { mkdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { rememberNotes } from '../../agent/admin/notes.ts';
import { startAgent } from '../../agent/agent.ts';
import { createDiagnostics } from '../../agent/diagnostics.ts';
import { createDoors, stepUpIn } from '../../agent/doors.ts';
import { openDurable } from '../../agent/store/durable.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { cards } from '../../native/cards.ts';
import { createClock } from '../../native/clock/clock.ts';
import { chooseKeys } from '../../native/keys/choice.ts';
import { createPcscReader } from '../../native/pcsc/reader.ts';
import { ownAccount, peerOf } from '../../native/peer/peer.ts';
import { createEmbedded } from '../../native/session/embedded.ts';
import type { AgentSettings, Wish } from '../cli/agent-program.ts';
import { headlessFace } from '../e2e/headless.ts';

const { dir, policy, pcscEnv } = JSON.parse(process.argv[2] ?? '{}') as AgentSettings;
const clock = createClock();
mkdirSync(dir, { recursive: true, mode: 0o700 });
const durable = openDurable({ dir, ...chooseKeys(dir, 'evaluation'), clock, mode: 'evaluation' });
if (durable.kind === 'inUse') throw new Error('in use');
const { diagnose, notes } = rememberNotes(createDiagnostics(dir));
const doors = createDoors();
const own = { ...defaultPolicy, ...policy };
const agent = await startAgent({
  mode: 'evaluation',
  version: '0.0.0',
  clock,
  durable,
  diagnose,
  natives: cards,
  asks: doors.asks,
  policy: () => own,
  sessions: createEmbedded(clock),
  readers: (nextPresentation) => [createPcscReader({ clock, nextPresentation, env: pcscEnv, diagnose: () => undefined })],
});
await doors.open({
  agent,
  notes,
  dir,
  stepUp: { path: stepUpIn(dir), accepts: () => false },
  policy: () => own,
  peerOf,
  programOf: () => null,
  ownAccount: ownAccount(),
  diagnose,
});
const face = headlessFace(agent);
const pauses = monitorEventLoopDelay({ resolution: 1 });
pauses.enable();

async function grant(wish: Wish): Promise<string | null> {
  switch (wish.do) {
    case 'type':
      face.type(wish.pin);
      return null;
    case 'gesture':
      face.do(wish.kind);
      return null;
    case 'until':
      await face.until(wish.screen, (view) => view.screen.kind === wish.screen);
      return null;
    case 'longestPause': {
      const longest = pauses.max / 1e6;
      pauses.reset();
      return String(longest);
    }
    case 'stop':
      await doors.close();
      await agent.stop('told to');
      process.disconnect();
      return null;
    default:
      throw new Error(`no ${wish.do} here`);
  }
}

process.on('message', ({ n, wish }: { readonly n: number; readonly wish: Wish }) => {
  grant(wish).then(
    (said) => process.connected && process.send?.({ n, said }),
    (why: unknown) => process.send?.({ n, failed: String(why) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ n: 0, said: 'ready' });
