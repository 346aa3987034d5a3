/** The arguments of `npm start` come in; the evaluation station runs until Ctrl-C, or the demo plays to its end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasDisplay } from '../agent/evaluation/browser.ts';
import { type Evaluation, startEvaluation } from '../agent/evaluation/evaluation.ts';
import { addedPeople, demoEmergencyCode, demoNumberLength, demoPeople, demoPinLength } from '../agent/evaluation/people.ts';
import { evaluationDefaults } from '../agent/policy/evaluation.ts';
import { readPolicy } from '../agent/policy-file.ts';
import { defaultPolicy, type Policy } from '../core/policy.ts';
import { ensurePcsc } from './pcsc-service.ts';
import { type OpenScreen, openBrowser, openElectron } from './start-screen.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const usage = `npm start -- [options]
  --demo         play the whole story without hands and without a display, then exit
  --demo provable
                 the story of badges that prove themselves, and copies of them
  --demo shift   one nurse's shift: windows, walk-away, taking over, a forgotten badge, an emergency
  --demo --sessions logind
                 real sessions of Linux: the installed agent switches them between two people
  --fresh        start over: forget the people, badges and ledger of earlier runs
  --policy FILE  obey this policy file instead of policy.json in the evaluation's folder
  --lang en|es   language of the screen
  --night        the night theme, whatever the hour
  --window       a plain window instead of the kiosk
  --no-window    open no window; the address stands on the terminal
  --help         this text`;

type Wishes = {
  readonly demo: 'tap' | 'provable' | 'shift' | 'sessions' | null;
  readonly fresh: boolean;
  readonly policy: string | null;
  readonly lang: 'en' | 'es' | null;
  readonly night: boolean;
  readonly screen: 'kiosk' | 'window' | 'none';
};

function wishesIn(args: readonly string[]): Wishes | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        demo: { type: 'boolean' },
        sessions: { type: 'string' },
        fresh: { type: 'boolean' },
        policy: { type: 'string' },
        lang: { type: 'string' },
        night: { type: 'boolean' },
        window: { type: 'boolean' },
        'no-window': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) return usage;
    const story = storyIn(values.demo === true, positionals);
    if (story === 'unknown') return `There are no such words here but “provable” and “shift”, one of them after --demo.\n${usage}`;
    const { lang = null, sessions, policy = null } = values;
    if (sessions !== undefined && (sessions !== 'logind' || story !== 'tap')) return `--sessions goes with --demo and takes logind.\n${usage}`;
    if (lang !== null && lang !== 'en' && lang !== 'es') return `The screen speaks en and es, not ${lang}: choose one of them.\n${usage}`;
    const screen = values['no-window'] === true || !hasDisplay() ? 'none' : values.window === true ? 'window' : 'kiosk';
    return { demo: sessions === undefined ? story : 'sessions', fresh: values.fresh === true, policy, lang, night: values.night === true, screen };
  } catch (why) {
    return `${why instanceof Error ? why.message.split('. ')[0] : String(why)}.\n${usage}`;
  }
}

/** Which of the stories `--demo` means; all but the first have a name. */
function storyIn(demo: boolean, words: readonly string[]): 'tap' | 'provable' | 'shift' | null | 'unknown' {
  if (words.length === 0) return demo ? 'tap' : null;
  const [word] = words;
  return demo && words.length === 1 && (word === 'provable' || word === 'shift') ? word : 'unknown';
}

const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** A site's own policy.json may lie in the evaluation's folder; the command line goes before it. */
function policyFor(dir: string, { lang, night, policy: file }: Wishes): Policy {
  const found = readPolicy(file ?? join(dir, 'policy.json'), { mode: 'evaluation', stationName: 'Ward 4 · Cart 12', defaults: evaluationDefaults });
  if (found.kind === 'refused') {
    say('The policy file is refused, the defaults hold:');
    for (const fault of found.faults) say(`  ${fault}`);
  }
  if (file !== null && found.kind === 'absent') say(`There is no file ${file}: the defaults hold.`);
  const policy = found.kind === 'refused' ? { ...defaultPolicy, ...evaluationDefaults, stationName: 'Ward 4 · Cart 12' } : found.policy;
  if (policy.pinLength !== demoPinLength) say(`The demo people keep their PINs of ${demoPinLength} digits: pinLength is not obeyed in evaluation.`);
  if (policy.numberLength !== demoNumberLength) say(`The demo people keep their staff numbers of ${demoNumberLength} digits: numberLength is not obeyed in evaluation.`);
  return { ...policy, pinLength: demoPinLength, numberLength: demoNumberLength, ...(lang === null ? {} : { language: lang }), ...(night ? { theme: 'night' } : {}) };
}

/** Settles with its name at the first signal to end; listening from now on, so that nothing started later is left behind. */
const askedToEnd = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
  });
async function evaluate(wishes: Wishes): Promise<void> {
  const signalled = askedToEnd();
  await using stack = new AsyncDisposableStack();
  const service = await ensurePcsc(say);
  stack.defer(service.stop);
  const dir = process.env['TAPWARD_DIR'] ?? join(root, '.evaluation');
  const policy = policyFor(dir, wishes);
  const station = await startEvaluation({ dir, version, policy, fresh: wishes.fresh, tray: true, say });
  let why = 'start-up failed';
  stack.defer(() => station.stop(why));
  // An exception that nobody caught locks and is told like any other, and then ends the process.
  const failed = new Promise<string>((resolve) => {
    process.once('uncaughtException', (cause) => {
      station.agent.queue.crash(cause);
      process.exitCode = 1;
      resolve('exception');
    });
  });
  const screen = (wishes.screen === 'none' ? null : await openElectron(station, wishes.screen === 'window', say)) ?? (await openBrowser(station, wishes.screen !== 'none', say));
  stack.defer(screen.close);
  tell(station, screen);
  why = await Promise.race([signalled, failed, screen.ended]);
}

function tell({ agent, startKey }: Evaluation, { opened }: OpenScreen): void {
  const fault = agent.durable.degraded;
  if (fault !== null) say(`This station opens nobody: ${fault.detail}`);
  say('\nTapward, evaluation. Badges on the tray beside the screen, and every PC/SC reader.\n');
  for (const { given, initial, pin, number, role } of demoPeople) say(`  ${`${given} ${initial}.`.padEnd(10)} PIN ${pin}   staff number ${number}   ${role}`);
  const { addBadge } = agent.policy();
  if (addBadge === 'demo') say(`\n  Tap a badge of your own: it becomes ${addedPeople[0]?.given} ${addedPeople[0]?.initial}., PIN ${addedPeople[0]?.pin}`);
  if (addBadge === 'code')
    say(
      '\n  Tap a badge of your own and add it with a code: its person has a staff number (`npx . people add --number NUMBER`), or is one of those above: code issue --for enrol, as below',
    );
  say('\n  A code without badge or PIN: npx . code issue --for shift|new-pin --checked "how you knew her" PERSON; `npx . people` shows PERSON');
  say(`\n  Emergency access: a badge or a staff number with its PIN; where no PIN can be checked, the sealed code ${demoEmergencyCode}`);
  if (startKey !== null) say(`\n  The ledger's start key, for a reviewer's \`npx . ledger verify --key\`; it is kept nowhere here:\n  ${startKey}`);
  say(`\n${opened}`);
  say('\nCtrl-C ends it.');
}

const wishes = wishesIn(process.argv.slice(2));
if (typeof wishes === 'string') {
  say(wishes);
  process.exitCode = wishes === usage ? 0 : 2;
} else if (wishes.demo === 'provable') {
  const { playProvable } = await import('../test/demo/provable.ts');
  process.exitCode = await playProvable({ version, say });
} else if (wishes.demo === 'shift') {
  const { playShift } = await import('../test/demo/whole-shift.ts');
  process.exitCode = await playShift({ version, say });
} else if (wishes.demo === 'sessions') {
  const { playSessions } = await import('../test/demo/sessions.ts');
  process.exitCode = await playSessions({ say });
} else if (wishes.demo === 'tap') {
  const { playDemo } = await import('../test/demo/demo.ts');
  process.exitCode = await playDemo({ version, say });
} else {
  await evaluate(wishes).catch((why: unknown) => {
    say(why instanceof Error ? why.message : String(why));
    process.exitCode = 1;
  });
}
