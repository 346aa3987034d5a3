/** A key in software and the words of a ceremony come in; a Transmit that counts, and requests in the shape the client takes, go out. */
import { randomBytes } from 'node:crypto';
import type { Transmit } from '../../core/ports.ts';
import type { LineOptions } from '../../native/fido/framing.ts';
import type { KeyFault } from '../../native/fido/outcome.ts';
import { type Proof, type ProofRequest, proveFido } from '../../native/fido/proof.ts';
import { type Registration, type RegistrationRequest, registerKey } from '../../native/fido/registration.ts';
import type { SoftwareCard } from '../cards/card.ts';

export const rpId = 'station.clinic';
export const origin = 'https://station.clinic';
export const algorithms = [-7, -8, -257] as const;
export const userHandle = Uint8Array.from(Buffer.from('0123456789abcdef'));
export const pinOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

/** What went over the air so far. */
export type Traffic = { commands: number; bytes: number; readonly log: string[] };

export function inField(card: Pick<SoftwareCard, 'respond'>): { readonly transmit: Transmit; readonly traffic: Traffic } {
  const traffic: Traffic = { commands: 0, bytes: 0, log: [] };
  return {
    traffic,
    transmit: async (command) => {
      const response = card.respond(command);
      traffic.commands += 1;
      traffic.bytes += command.length + response.length;
      traffic.log.push(Buffer.from(command).toString('hex'));
      return response;
    },
  };
}

export const register = (card: Pick<SoftwareCard, 'respond'>, request: Partial<RegistrationRequest> = {}, options?: LineOptions): Promise<Registration | KeyFault> =>
  registerKey(inField(card).transmit, { rpId, origin, challenge: randomBytes(32), userHandle, excludeIds: [], algorithms, pin: null, ...request }, options);

export const prove = (card: Pick<SoftwareCard, 'respond'>, request: Partial<ProofRequest> & Pick<ProofRequest, 'credentialId'>, options?: LineOptions): Promise<Proof | KeyFault> =>
  proveFido(inField(card).transmit, { rpId, origin, challenge: randomBytes(32), pin: null, ...request }, options);

/** Takes the key off and holds it again. */
export function again<T extends SoftwareCard>(card: T): T {
  card.powered();
  return card;
}

export async function registered(card: SoftwareCard, request: Partial<RegistrationRequest> = {}): Promise<Registration> {
  const made = await register(card, request);
  if (made.kind !== 'registration') throw new Error(`no registration: ${JSON.stringify(made)}`);
  card.powered();
  return made;
}

export async function proved(card: SoftwareCard, request: Partial<ProofRequest> & Pick<ProofRequest, 'credentialId'>): Promise<Proof> {
  const proof = await prove(card, request);
  if (proof.kind !== 'proof') throw new Error(`no proof: ${JSON.stringify(proof)}`);
  card.powered();
  return proof;
}
