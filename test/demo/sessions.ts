/** Nothing but a Debian machine and root come in; the installed agent switches real logind sessions between two people by taps, a line a step, and 0, or 1 with the step that failed, goes out. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDebian, prepare, virtualReaderPackages } from '../../build/debian.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { enrol, enterPin, open, sessions, tap } from '../installed/hands.ts';
import { type Agent, type Face, type InstalledStation, startInstalled } from '../installed/station.ts';
import { prerequisites } from '../needs.ts';
import { shownVt } from '../session/logind/stand.ts';

type Stage = { readonly station: InstalledStation; readonly agent: Agent; readonly face: Face };
type Scene = { readonly what: string; readonly play: (stage: Stage) => Promise<void> /** What people's hands and the rules make them wait before it. */; readonly after?: number };

function mustBe(what: string, is: unknown, expected: unknown): void {
  if (JSON.stringify(is) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(expected)}`);
}
/** As logind and the kernel say, not the agent: within the time a lock may take. */
async function shows(station: InstalledStation, vt: string, isOpen: readonly string[]): Promise<void> {
  const seen = async (): Promise<string> => JSON.stringify([shownVt(), await open(station)]);
  const expected = JSON.stringify([vt, isOpen]);
  for (const end = performance.now() + 2_000; performance.now() < end && (await seen()) !== expected; ) await sleep(5);
  mustBe('VT and open sessions', await seen(), expected);
}
const beyondSameBadge = defaultPolicy.sameBadgeAfter + 100;
const beyondKeep = defaultPolicy.keepAfterOpen + 100;

const scenes: readonly Scene[] = [
  { what: 'Sam taps: the PIN is asked', play: ({ station, face }) => tap(station, face, 'Sam', 'pin'), after: beyondSameBadge },
  {
    what: 'her PIN: the greeter lets her in by her grant, her session is shown on tty5',
    play: async ({ station, face }) => {
      await enterPin(station, face, 'Sam', true);
      await shows(station, 'tty5', ['sam']);
    },
  },
  { what: 'Ana taps over: her PIN is asked', play: ({ station, face }) => tap(station, face, 'Ana', 'pin') },
  {
    what: 'her PIN: Sam’s session is locked first, then hers begins on tty6',
    play: async ({ station, face }) => {
      await enterPin(station, face, 'Ana', true);
      await shows(station, 'tty6', ['ana']);
    },
  },
  { what: 'Sam taps back: her PIN is asked', play: ({ station, face }) => tap(station, face, 'Sam', 'pin'), after: beyondSameBadge },
  {
    what: 'her PIN: Ana’s is locked, the session she left is shown again on tty5',
    play: async ({ station, face }) => {
      await enterPin(station, face, 'Sam', false);
      await shows(station, 'tty5', ['sam']);
    },
  },
  {
    what: 'she taps out: locked, and logind says so',
    play: async ({ station, face }) => {
      await tap(station, face, 'Sam', 'idle');
      await shows(station, 'tty5', []);
    },
    after: beyondKeep,
  },
  {
    what: 'Ana taps and enters her PIN: shown on tty6',
    play: async ({ station, face }) => {
      await tap(station, face, 'Ana', 'pin');
      await enterPin(station, face, 'Ana', false);
      await shows(station, 'tty6', ['ana']);
    },
  },
  {
    what: 'the agent is killed over her work: what systemd runs then locks every session',
    play: async ({ station, agent }) => {
      agent.child.kill('SIGKILL');
      await agent.ended;
      mustBe('its exit', (await station.lockAll()).code, 0);
      await shows(station, 'tty6', []);
    },
  },
];

const needed = ['linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces'] as const;

/** Why it cannot be played here, in one sentence; null: it can. */
async function missing(say: (line: string) => void): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'Real sessions are shown on Linux and as root: run this as root.';
  if (isDebian()) await prepare([...virtualReaderPackages, 'systemd', 'dbus-daemon', 'dbus-bin', 'python3-dbus', 'python3-gi', 'polkitd'], say);
  const lacking = needed.map((name) => prerequisites[name]).find(({ there }) => !there());
  return lacking === undefined ? null : `Real sessions cannot be shown here: it ${lacking.words}.`;
}

/** Plays it all on a bus of its own; the sessions of this computer are left alone, but its VTs do switch. */
export async function playSessions({ say }: { readonly say: (line: string) => void }): Promise<0 | 1> {
  const lacking = await missing(say);
  if (lacking !== null) {
    say(lacking);
    return 1;
  }
  let step = 'the installed agent starts';
  try {
    await using station = await startInstalled({ takeOver: 'switch', stationName: 'Ward 4 · Cart 12' });
    await station.seat.activate(await station.seat.enter('greeter', { vt: 7, of: 'greeter' }));
    const agent = await station.start();
    step = 'two people are enrolled';
    await enrol(station, 'Sam');
    await enrol(station, 'Ana');
    const face = await station.face();
    for (const { what, play, after = 0 } of scenes) {
      step = what;
      await sleep(after);
      const began = performance.now();
      await play({ station, agent, face });
      say(`  ${(performance.now() - began).toFixed(1).padStart(8)} ms  ${what}`);
    }
    const ids = (await sessions(station)).filter((s) => s.of === 'user').map((s) => `${s.account} (${s.id})`);
    say(`               both sessions are there still, locked: ${ids.join(', ')}`);
    const version = /^systemd (\d+)/.exec(execFileSync('systemd-analyze', ['--version'], { encoding: 'utf8' }))?.[1] ?? '';
    say(`Demo passed on systemd-logind ${version} with real VTs, polkit and pcscd; the agent ran as an account of its own.`);
    return 0;
  } catch (why) {
    say(`Demo FAILED at “${step}”: ${why instanceof Error ? why.message : String(why)}`);
    return 1;
  }
}
