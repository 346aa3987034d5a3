/** A message bus comes in; logind goes out as eight calls and what it reports, each signal from logind itself and none believed for what it says: sessions are read anew. */
import { type Bus, busName, type Reply, type Signal } from '../../dbus/bus.ts';
import type { Call } from '../../dbus/message.ts';
import { type Facts, readFacts, readPaths } from './facts.ts';

export type LoginNews =
  | { readonly kind: 'changed' }
  /** Somebody asked this session to lock; so do we, and hear it too. */
  | { readonly kind: 'lockAsked'; readonly session: string }
  | { readonly kind: 'sleep' | 'woke' }
  /** logind ended, or another one answers now. */
  | { readonly kind: 'restarted' };
export type Login = {
  /** Every session there is; null: logind does not answer. */
  readonly sessions: () => Promise<readonly Facts[] | null>;
  readonly lock: (id: string) => Promise<Reply>;
  readonly unlock: (id: string) => Promise<Reply>;
  readonly activate: (id: string) => Promise<Reply>;
  readonly terminate: (id: string) => Promise<Reply>;
  readonly switchTo: (seat: string, vt: number) => Promise<Reply>;
  /** LightDM's own way: it starts a greeter where there is none. */
  readonly showGreeter: (seat: string) => Promise<Reply>;
};

const name = 'org.freedesktop.login1';
const path = '/org/freedesktop/login1';
const manager = { destination: name, path, interface: `${name}.Manager` };
const sessionInterface = `${name}.Session`;
const seconds = (n: number): number => n * 1_000;

/** `hear` is told from the first call on. Throws with one sentence where the bus does not take our wishes. */
export async function openLogin(bus: Bus, hear: (news: LoginNews) => void): Promise<Login> {
  let owner = '';
  bus.onSignal((signal) => {
    const news = signal.sender === busName ? ownerNews(signal) : signal.sender === owner && owner !== '' ? loginNews(signal) : null;
    if (news?.kind === 'owner') owner = news.owner;
    if (news !== null) hear(news.kind === 'owner' ? { kind: 'restarted' } : news);
  });
  for (const rule of [`type='signal',sender='${name}'`, `type='signal',sender='${busName}',member='NameOwnerChanged',arg0='${name}'`]) {
    const matched = await bus.match(rule);
    if (matched.kind === 'error') throw new Error(`The system bus does not tell of logind (${matched.name}): look whether systemd-logind runs.`);
  }
  const asked = await bus.call({ destination: busName, path: '/org/freedesktop/DBus', interface: busName, member: 'GetNameOwner', signature: 's', args: [name] });
  if (asked.kind === 'return' && typeof asked.body[0] === 'string') owner = asked.body[0];

  const on = (member: string, id: string): Promise<Reply> => bus.call({ ...manager, member, signature: 's', args: [id] });
  return {
    sessions: () => readSessions(bus),
    lock: (id) => on('LockSession', id),
    unlock: (id) => on('UnlockSession', id),
    activate: (id) => on('ActivateSession', id),
    terminate: (id) => on('TerminateSession', id),
    switchTo: (seat, vt) => bus.call({ destination: name, path: `${path}/seat/${seat}`, interface: `${name}.Seat`, member: 'SwitchTo', signature: 'u', args: [vt] }),
    showGreeter: (seat) =>
      bus.call(
        {
          destination: 'org.freedesktop.DisplayManager',
          path: `/org/freedesktop/DisplayManager/${seat.replace(/^s/, 'S')}`,
          interface: 'org.freedesktop.DisplayManager.Seat',
          member: 'SwitchToGreeter',
        },
        seconds(2),
      ),
  };
}

async function readSessions(bus: Bus): Promise<readonly Facts[] | null> {
  const listed = await bus.call({ ...manager, member: 'ListSessions' }, seconds(2));
  const paths = listed.kind === 'return' ? readPaths(listed.body[0]) : null;
  if (paths === null) return null;
  const getAll = (of: string): Call => ({ destination: name, path: of, interface: 'org.freedesktop.DBus.Properties', member: 'GetAll', signature: 's', args: [sessionInterface] });
  const replies = await Promise.all(paths.map((of) => bus.call(getAll(of), seconds(2))));
  const facts: Facts[] = [];
  for (const reply of replies) {
    // It went while we asked.
    if (reply.kind === 'error' && reply.name !== 'timeout' && reply.name !== 'closed') continue;
    const one = reply.kind === 'return' ? readFacts(reply.body[0]) : null;
    if (one === null) return null;
    facts.push(one);
  }
  return facts;
}

function ownerNews({ member, body }: Signal): { readonly kind: 'owner'; readonly owner: string } | null {
  const [whose, , owner] = body;
  return member === 'NameOwnerChanged' && whose === name && typeof owner === 'string' ? { kind: 'owner', owner } : null;
}

function loginNews({ interface: of, member, path: from, body }: Signal): LoginNews | null {
  const isSession = from.startsWith(`${path}/session/`);
  if (of === sessionInterface && member === 'Lock' && isSession) return { kind: 'lockAsked', session: unescaped(from.slice(path.length + '/session/'.length)) };
  if (of === manager.interface && member === 'PrepareForSleep') return { kind: body[0] === true ? 'sleep' : 'woke' };
  if (of === manager.interface && (member === 'SessionNew' || member === 'SessionRemoved')) return { kind: 'changed' };
  return member === 'PropertiesChanged' && (isSession || from.startsWith(`${path}/seat/`)) ? { kind: 'changed' } : null;
}

/** sd-bus writes all but letters and digits as `_` and two hexadecimal digits, and a leading digit too. */
const unescaped = (label: string): string => label.replace(/_([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
