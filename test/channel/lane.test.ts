/** Return codes that pcsc-lite does not give at will, such as Windows' in the middle of a transaction, come in; what the lane calls, and what it answers, is compared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchangeLane } from '../../native/pcsc/exchange.ts';
import { layoutOf, readerStates } from '../../native/pcsc/layout.ts';
import type { PcscApi } from '../../native/pcsc/winscard.ts';

const [success, noService, sharing, noCard, reset, removed, unknownReader] = [0, 0x8010_001d, 0x8010_000b, 0x8010_000c, 0x8010_0068, 0x8010_0069, 0x8010_0009];
type Step = 'establish' | 'release' | 'connect' | 'begin' | 'transmit' | 'end' | 'disconnect';

/** Each call takes the next code of its kind, success when there is none left. */
function scripted(codes: Partial<Record<Step, readonly number[]>>): { readonly api: PcscApi; readonly calls: Step[] } {
  const calls: Step[] = [];
  const left = Object.fromEntries(Object.entries(codes).map(([step, list]) => [step, [...list]])) as Partial<Record<Step, number[]>>;
  const call = async (step: Step): Promise<number> => {
    calls.push(step);
    return left[step]?.shift() ?? success;
  };
  const api: Pick<PcscApi, Step | 'watched' | 'wait'> = {
    watched: (names) =>
      readerStates(
        layoutOf('linux'),
        names.map(() => Buffer.alloc(1)),
        () => 0n,
      ),
    async wait(_context, { bytes }) {
      bytes.writeUInt32LE(state, layoutOf('linux').readerState.event);
      return success;
    },
    establish: async () => ({ code: await call('establish'), context: 1 }),
    release: () => call('release'),
    connect: async () => ({ code: await call('connect'), card: 2, protocol: 2 }),
    begin: () => call('begin'),
    async transmit(_card, command, response) {
      const code = await call('transmit');
      if (code === success) response.set([...command, 0x90, 0x00]);
      return { code, length: code === success ? command.length + 2 : 0 };
    },
    end: () => call('end'),
    disconnect: () => call('disconnect'),
  };
  return { api: api as PcscApi, calls };
}

/** Present, and whatever else a reader may say of itself. */
const state = 0x0005_0122;
const meant = (seen: number): boolean => {
  assert.equal(seen, state & ~0x0002);
  return true;
};
const command = Uint8Array.of(0x00, 0xa4, 0x04, 0x00);
const response = Uint8Array.of(...command, 0x90, 0x00);
const once = ['connect', 'begin', 'transmit'] as const;
const letGo = ['end', 'disconnect'] as const;

type Story = readonly [string, Partial<Record<Step, readonly number[]>>, readonly (Uint8Array | null)[], readonly Step[]];
/** Each line: codes, the answers to one exchange after the other, the calls. */
const stories: readonly Story[] = [
  ['three in one transaction', {}, [response, response, response], ['establish', ...once, 'transmit', 'transmit']],
  ['reset before the first command: once more', { transmit: [reset] }, [response], ['establish', ...once, ...letGo, ...once]],
  ['reset before it and again: no third time', { transmit: [reset, reset] }, [null], ['establish', ...once, ...letGo, ...once, ...letGo]],
  ['reset in the middle: null, and the next is a first', { transmit: [success, reset] }, [response, null, response], ['establish', ...once, 'transmit', ...letGo, ...once]],
  ['removed in the middle: null', { transmit: [success, removed] }, [response, null], ['establish', ...once, 'transmit', ...letGo]],
  ['removed before the first command: it is not sent twice', { transmit: [removed] }, [null], ['establish', ...once, ...letGo]],
  ['reset while another program held it', { begin: [reset] }, [response], ['establish', 'connect', 'begin', 'disconnect', ...once]],
  ['another program has it to itself', { connect: [sharing, sharing] }, [response], ['establish', 'connect', 'connect', ...once]],
  ['no card for a moment', { connect: [noCard] }, [response], ['establish', 'connect', ...once]],
  ['the reader has gone', { connect: [unknownReader] }, [null], ['establish', 'connect']],
  ['the service died and is back', { connect: [noService] }, [response], ['establish', 'connect', 'release', 'establish', ...once]],
  ['the service dies over the command: it is not sent twice', { transmit: [noService] }, [null], ['establish', ...once, ...letGo]],
];

for (const [what, codes, answers, calls] of stories) {
  test(`lane: ${what}`, async () => {
    const world = scripted(codes);
    const lane = exchangeLane(world.api, 'R');
    const got: (Uint8Array | null)[] = [];
    for (const _ of answers) got.push(await lane.exchange(command, () => false, meant));
    assert.deepEqual(got, answers);
    assert.deepEqual(world.calls, calls);
    lane.close();
  });
}

test('lane: what nobody waits for any more is not sent', async () => {
  const world = scripted({});
  const lane = exchangeLane(world.api, 'R');
  assert.equal(await lane.exchange(command, () => true, meant), null);
  assert.deepEqual(world.calls, []);
  // It was over while another program held the card.
  let looks = 0;
  assert.equal(await lane.exchange(command, () => (looks += 1) > 1, meant), null);
  assert.deepEqual(world.calls, ['establish', 'connect', 'begin', ...letGo]);
  assert.equal(lane.isFree(), true);
});

test('lane: a card that left is let go of after the exchange under way, and the lane is free then', async () => {
  const world = scripted({});
  const lane = exchangeLane(world.api, 'R');
  const answer = lane.exchange(command, () => false, meant);
  lane.release();
  assert.equal(lane.isFree(), false);
  assert.deepEqual(await answer, response);
  await lane.exchange(command, () => true, meant);
  assert.deepEqual(world.calls, ['establish', ...once, ...letGo]);
  assert.equal(lane.isFree(), true);
});

test('lane: another card than is meant hears nothing', async () => {
  const world = scripted({});
  const lane = exchangeLane(world.api, 'R');
  assert.equal(
    await lane.exchange(
      command,
      () => false,
      () => false,
    ),
    null,
  );
  assert.deepEqual(world.calls, ['establish', 'connect', 'begin', ...letGo]);
  // What is held is that card's, and is lost with it.
  assert.deepEqual(await lane.exchange(command, () => false, meant), response);
  assert.deepEqual(
    await lane.exchange(
      command,
      () => false,
      () => false,
    ),
    response,
  );
  lane.close();
});
