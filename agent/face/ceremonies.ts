/** A question for a security key comes in and is put to the faces; the first answer to it goes out, once, or that there is none. */
import { randomInt } from 'node:crypto';
import type { Ceremony, CeremonyAnswer } from '../../core/bridge.ts';
import type { Faces } from '../faces.ts';
import { challengeLasts } from '../webauthn/challenges.ts';

/** `response`: the key's, as JSON that nobody has looked at; null: there was none, in time. Never rejects. */
export type Held = { readonly response: Promise<string | null>; readonly end: () => void };
export type Ceremonies = {
  /** One at a time: the one before ends. */
  readonly hold: (what: Ceremony['what'], options: object) => Held;
  /** From a face. What is not the open ceremony's is dropped, a second answer as well. */
  readonly answer: (answer: CeremonyAnswer) => void;
};

export function createCeremonies({ send }: Pick<Faces, 'send'>): Ceremonies {
  // A face may outlive an agent: what it still says to the one before must fit nothing here.
  let last = randomInt(2 ** 31);
  let open: { readonly id: number; readonly settle: (response: string | null) => void } | null = null;

  const settle = (id: number, response: string | null): void => {
    if (open?.id !== id) return;
    const { settle: told } = open;
    open = null;
    // Another face may still wait for a hand.
    send({ kind: 'ceremonyEnd', id });
    told(response);
  };
  return {
    hold: (what, options) => {
      if (open !== null) settle(open.id, null);
      const id = ++last;
      const { promise, resolve } = Promise.withResolvers<string | null>();
      const late = setTimeout(() => settle(id, null), challengeLasts);
      open = {
        id,
        settle: (response) => {
          clearTimeout(late);
          resolve(response);
        },
      };
      send({ kind: 'ceremony', id, what, options: JSON.stringify(options) });
      return { response: promise, end: () => settle(id, null) };
    },
    answer: ({ id, json }) => settle(id, json),
  };
}
