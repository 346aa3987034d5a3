/** A host under Wine comes in; its agent and tiles as tests play them go out, with one password that they hand about. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { agentPipe, type HostRig, type Outpost, providerPipe, startHost, type Visitor, visit } from './host-rig.ts';

export const share = randomBytes(32).toString('base64');
/** After a change of her PIN. */
export const changed = randomBytes(32).toString('base64');
export const password = 'Correct-Horse-42!ß';
export const secret = Buffer.from(password, 'utf16le').toString('base64');

export type Tile = { readonly tile: Visitor; readonly nonce: string };
export type Talk = {
  readonly rig: HostRig;
  outpost: Outpost;
  agent: Visitor;
  /** The one that is started after `not`. */
  newAgent(not?: Outpost): Promise<void>;
  newTile(): Promise<Tile>;
  leave(tile: Visitor): Promise<void>;
  /** Its grant. */
  offer(user: string, by?: string, life?: number, session?: number): string;
  /** Why. */
  refusal(grant: string): Promise<string>;
  /** The password as it was handed out; the ticket. */
  redeems(tile: Visitor): Promise<{ readonly got: string; readonly ticket: string }>;
  capture(user: string): Promise<void>;
};

export async function startTalk(): Promise<Talk> {
  const rig = await startHost();
  await rig.start();
  const outpost = await rig.agent();
  let number = 0;
  const talk: Talk = {
    rig,
    outpost,
    agent: visit(outpost, agentPipe),
    newAgent: async (not) => {
      talk.outpost = await rig.agent(not);
      talk.agent = visit(talk.outpost, agentPipe);
      await greet();
    },
    newTile: async () => {
      const tile = visit(rig.stranger, providerPipe);
      tile.say('HELLO', 1, 1, 'logon');
      const [, nonce = ''] = await tile.next('READY');
      await tile.next('SHOW');
      return { tile, nonce };
    },
    leave: async (tile) => {
      tile.socket.end();
      await tile.ended;
      await talk.agent.next('TILE');
    },
    offer: (user, by = share, life = 30_000, session = 0) => {
      const grant = `grant-${++number}`;
      talk.agent.say('OFFER', grant, session, 'WARD', user, life, by);
      return grant;
    },
    refusal: async (grant) => {
      const [, about, why = ''] = await talk.agent.next('REFUSED');
      assert.equal(about, grant);
      return why;
    },
    redeems: async (tile) => {
      const [, ticket = ''] = await tile.next('GRANT');
      tile.say('REDEEM', ticket);
      const [, about, got = ''] = await tile.next('CREDENTIAL');
      assert.equal(about, ticket);
      await talk.agent.next('REDEEMED');
      return { got: Buffer.from(got, 'base64').toString('utf16le'), ticket };
    },
    capture: async (user) => {
      const { tile } = await talk.newTile();
      tile.say('CAPTURE', user, 'WARD', secret);
      assert.deepEqual(await talk.agent.next('SEALED'), ['SEALED', 'WARD', user]);
      await talk.leave(tile);
    },
  };
  const greet = async (): Promise<void> => {
    talk.agent.say('HELLO', 1, 0, 'agent');
    await talk.agent.next('READY');
  };
  await greet();
  return talk;
}
