/** An account comes in; all its sessions at a seat are ended, and whether logind has reported their end goes out. */
import { connectBus, systemBus } from '../../dbus/bus.ts';
import { createClosing } from './closing.ts';
import { openLogin } from './login.ts';
import { watchSeat } from './seat.ts';

export type EndingOptions = { readonly seat?: string /** Of the system bus. */; readonly address?: string; readonly diagnose: (text: string) => void };

/** What was not saved in them is lost. Needs the right org.freedesktop.login1.manage. Never rejects; false: a session is there still, or nobody can say. */
export async function endSessionsOf(account: string, { seat: name = 'seat0', address = systemBus(), diagnose }: EndingOptions): Promise<boolean> {
  try {
    await using bus = await connectBus(address);
    const nobody = { accountOf: () => null, subscriberOf: () => null };
    const seat = watchSeat({ name, accounts: nobody, locker: { kind: 'hint' }, changed: () => undefined });
    seat.use(await openLogin(bus, () => void seat.refresh()));
    await seat.refresh();
    const closing = createClosing({ seat, name, endUnlocked: 'on', greeterVt: 0, diagnose });
    const ended = await Promise.all(
      seat
        .sessions()
        .filter((s) => s.account === account)
        .map(closing.end),
    );
    return seat.isHealthy() && ended.every((isOver) => isOver);
  } catch (why) {
    diagnose(why instanceof Error ? why.message : String(why));
    return false;
  }
}
