/** The core's states come in; that the host may keep a record's key while somebody's window lives, and that it must not any more, goes out to it. */
import type { Policy } from '../../core/policy.ts';
import type { Accounts } from '../../core/ports.ts';
import type { Millis, State, SubscriberId } from '../../core/types.ts';
import { tapSuffices } from '../../core/window.ts';
import type { Account, Host } from '../../native/session/windows/host.ts';

export type KeptParts = {
  readonly host: Pick<Host, 'keep' | 'drop' | 'changed'>;
  readonly accounts: Accounts;
  readonly policy: () => Policy;
  /** `accountParts` of native/session/windows/opening.ts. */
  readonly partsOf: (account: string) => Account;
};

/** For each state, before anything it asks for is done: a window is told of before the opening with which it begins, whose share makes the key. */
export function keepWindows({ host, accounts, policy, partsOf }: KeptParts): (state: State, at: Millis) => void {
  /** When the window began that the host was told of, and of which account; a person who lost her account loses the key all the same. */
  let told: ReadonlyMap<SubscriberId, { readonly began: Millis; readonly account: Account }> = new Map();
  host.changed(() => (told = new Map()));
  return ({ windows }, at) => {
    const now = new Map(told);
    for (const subscriber of told.keys()) {
      if (windows.some((window) => window.subscriber === subscriber)) continue;
      const { account } = now.get(subscriber) ?? {};
      if (account !== undefined) host.drop(account);
      now.delete(subscriber);
    }
    for (const window of windows) {
      const name = accounts.accountOf(window.subscriber);
      const before = now.get(window.subscriber)?.began ?? -1;
      if (name === null || before >= window.startedAt) continue;
      const account = partsOf(name);
      now.set(window.subscriber, { began: window.startedAt, account });
      host.keep(account, Math.max(1, tapSuffices(window, policy()) - at));
    }
    told = now;
  };
}
