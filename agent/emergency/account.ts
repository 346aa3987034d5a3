/** Whose accounts are, and the one that is the site's own for emergencies, come in; whose they are with that one known goes out. */
import { emergencySession } from '../../core/opening.ts';
import type { Accounts } from '../../core/ports.ts';

/** The emergency session's account is nobody's own, whatever a record says. */
export const withEmergency = (people: Accounts, emergency: string): Accounts => ({
  accountOf: (subscriber) => {
    const account = subscriber === emergencySession ? emergency : people.accountOf(subscriber);
    return account === '' || (account === emergency && subscriber !== emergencySession) ? null : account;
  },
  subscriberOf: (account) => (emergency !== '' && account === emergency ? emergencySession : people.subscriberOf(account)),
});
