/** An installed station comes in; what people do at it goes out: enrol, tap, type, and what logind says is open. */
import { connectBus } from '../../native/dbus/bus.ts';
import type { Facts } from '../../native/session/logind/facts.ts';
import { openLogin } from '../../native/session/logind/login.ts';
import { startTapward } from '../cli/running.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import type { Face, InstalledStation } from './station.ts';

/** Two people, their UID badges and VTs; one PIN for both. */
export const ward = { Sam: { account: 'sam', badge: '04a1b2c3d4e5f6', vt: 5 }, Ana: { account: 'ana', badge: '04b1b2c3d4e5f6', vt: 6 } } as const;
export type Who = keyof typeof ward;
const pin = '184629';

/** `tapward enrol`, as IT runs it, with the badge held there. Throws with what it said where it failed. */
export async function enrol({ state, stand }: InstalledStation, who: Who): Promise<void> {
  const { account, badge } = ward[who];
  const program = startTapward(state, ['enrol', '--pin-stdin', '--account', account], { input: `${who}\nB\n${pin}\n` });
  await program.says('Hold the badge');
  stand.insert(1, virtualCard(badge));
  const { code, out, err } = await program.ended;
  stand.remove(1);
  if (code !== 0) throw new Error(`nobody was enrolled: ${out}${err}`);
}

export async function tap({ stand }: InstalledStation, face: Face, who: Who, shows: string): Promise<void> {
  stand.insert(1, virtualCard(ward[who].badge));
  try {
    await face.until(shows, (v) => v.screen.kind === shows);
  } finally {
    stand.remove(1);
  }
}

/** Her PIN on the pad, and until her work is open; `isNew`: the greeter takes the grant and begins her session. */
export async function enterPin(station: InstalledStation, face: Face, who: Who, isNew: boolean): Promise<void> {
  const { account, vt } = ward[who];
  face.type(pin);
  if (isNew) {
    await station.greeter(account);
    await station.seat.activate(await station.seat.enter(account, { vt }));
  }
  await face.until(`${who}’s work`, (v) => v.screen.kind === 'open' && v.screen.person.given === who);
}

export async function sessions({ seat }: InstalledStation): Promise<readonly Facts[]> {
  await using bus = await connectBus(seat.address);
  return (await (await openLogin(bus, () => undefined)).sessions()) ?? [];
}

/** Whose sessions are not locked, as logind says. */
export const open = async (station: InstalledStation): Promise<readonly string[]> =>
  (await sessions(station)).filter((s) => s.of === 'user' && !s.lockedHint).map((s) => s.account);
