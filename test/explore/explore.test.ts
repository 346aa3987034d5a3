/** Small alphabets of events come in; every state they can reach is walked and every edge held to the invariants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { start, step } from '../../core/step.ts';
import type { Event, Millis, State } from '../../core/types.ts';
import { type Alphabet, alphabets, keyOf } from './alphabet.ts';
import { eventsFrom } from './events.ts';
import { broken } from './invariants.ts';

type Found = { readonly states: number; readonly edges: number; readonly kinds: ReadonlySet<string>; readonly stuck: readonly string[] };

/** Breadth first from the start, over every event of the alphabet; throws with the way there at the first broken invariant. */
function explore(alphabet: Alphabet): Found {
  const { policy } = alphabet;
  const first = start(0).state;
  const seen = new Map<string, number>();
  const queue: { state: State; at: Millis; from: number; by: Event | null }[] = [];
  const back: number[][] = [];
  const opens: number[] = [];
  const kinds = new Set<string>();
  const add = (state: State, at: Millis, from: number, by: Event | null): void => {
    const key = keyOf(state, at, policy);
    let id = seen.get(key);
    if (id === undefined) {
      id = queue.length;
      seen.set(key, id);
      queue.push({ state, at, from, by });
      back.push([]);
      kinds.add(`${state.health.kind}/${state.desk.kind}/${state.claim.kind}`);
      if (state.desk.kind === 'open') opens.push(id);
    }
    if (from >= 0) back[id]?.push(from);
  };
  const wayTo = (id: number): string => {
    const way: string[] = [];
    for (let i = id; i > 0; i = queue[i]?.from ?? 0) way.unshift(JSON.stringify(queue[i]?.by));
    return way.join('\n');
  };
  add(first, 0, -1, null);
  let edges = 0;
  for (let i = 0; i < queue.length; i++) {
    const { state, at } = queue[i] as { state: State; at: Millis };
    for (const event of eventsFrom(state, at, alphabet)) {
      const next = step(state, event, policy);
      edges++;
      const wrong = broken(state, event, next, policy);
      if (wrong !== null) assert.fail(`${wrong}\nafter\n${wayTo(i)}\nby ${JSON.stringify(event)}`);
      add(next.state, event.at, i, event);
    }
  }
  // Backwards from every open desk: whoever cannot be reached can never let its owner in again.
  const reach = new Set(opens);
  for (const id of reach) for (const from of back[id] ?? []) reach.add(from);
  const stuck = queue.flatMap(({ state }, id) => (state.health.kind === 'ok' && !reach.has(id) ? [wayTo(id)] : []));
  return { states: queue.length, edges, kinds, stuck };
}

const shapes = new Set<string>();
for (const [name, alphabet] of Object.entries(alphabets)) {
  test(`every reachable state keeps the invariants, and every healthy one can open: ${name}`, { timeout: 400_000 }, (t) => {
    const found = explore(alphabet);
    t.diagnostic(`${name}: ${found.states} states, ${found.edges} edges, ${found.kinds.size} shapes`);
    assert.deepEqual(found.stuck, []);
    for (const kind of found.kinds) shapes.add(kind);
  });
}

test('the explorations together reached every kind of desk under every kind of claim that can lie over it', (t) => {
  t.diagnostic([...shapes].sort().join(' '));
  for (const shape of [
    'open/choose',
    'open/pin',
    'open/verifying',
    'open/wait',
    'open/notice',
    'opening/none',
    'locked/verifying',
    'locked/wait',
    'locking/pin',
    'locked/reading',
  ]) {
    assert.ok(shapes.has(`ok/${shape}`), `never reached ${shape}`);
  }
  assert.ok(shapes.has('degraded/locked/none'));
});
