/** An honest software key comes in; one goes out that frames as it does, and says what the test makes of its answers. */
import { decode, encode } from 'cborg';
import type { SoftwareCard } from '../cards/card.ts';
import { parseCommand, type SoftwareKey } from '../cards/fido/key.ts';

export type Bend = (answer: Uint8Array, command: number, message: Uint8Array) => Uint8Array;

/** SELECT, short chaining and GET RESPONSE, and nothing else of the transport. */
export function liar(key: SoftwareKey, bend: Bend): Pick<SoftwareCard, 'respond'> & { readonly powered: () => void } {
  let chain = Buffer.alloc(0);
  let rest: Uint8Array = new Uint8Array();
  const give = (): Uint8Array => {
    const now = rest.subarray(0, 256);
    rest = rest.subarray(now.length);
    return Uint8Array.of(...now, ...(rest.length > 0 ? [0x61, Math.min(rest.length, 255)] : [0x90, 0x00]));
  };
  return {
    powered: key.powered,
    respond(bytes) {
      const command = parseCommand(bytes);
      if (!command) return Uint8Array.of(0x67, 0x00);
      if (command.ins === 0xa4) return key.respond(bytes);
      if (command.ins === 0xc0) return give();
      if (command.ins !== 0x10) return Uint8Array.of(0x90, 0x00);
      chain = Buffer.concat([chain, command.body]);
      if ((command.cla & 0x10) !== 0) return Uint8Array.of(0x90, 0x00);
      const message = Uint8Array.from(chain);
      chain = Buffer.alloc(0);
      rest = bend(key.authenticator.answer(message), message[0] ?? 0, message);
      return give();
    },
  };
}

/** Changes one map of an answer, where there is one. */
export const remade =
  (command: number, change: (map: Map<number, unknown>) => void): Bend =>
  (answer, asked) => {
    if (asked !== command || answer[0] !== 0 || answer.length < 2) return answer;
    const map = decode(answer.subarray(1), { useMaps: true }) as Map<number, unknown>;
    change(map);
    return Uint8Array.of(0, ...encode(map));
  };
