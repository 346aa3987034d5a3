/** Nothing comes in; a station in a folder of its own with a running agent, `tapward` beside it, and a search for secrets in all they left, go out. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from '../../agent/enrolment.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { readEntries } from '../../agent/ledger/reading.ts';
import type { Policy } from '../../core/policy.ts';
import { type Around, folder, type Printed, type RunningAgent, startAgentProcess, startTapward, tapward, tapwardJson } from './running.ts';

export type Beside = AsyncDisposable & {
  readonly path: string;
  readonly dir: string;
  readonly agent: RunningAgent;
  readonly run: (args: readonly string[], around?: Around) => Promise<Printed>;
  /** Runs an enrolment and holds these cards to the tray's reader once it asks; `seen` is called while it waits. */
  readonly enrol: (args: readonly string[], input: string, cards: readonly string[], seen?: () => void) => Promise<Printed>;
  readonly people: () => Promise<readonly Person[]>;
  readonly idOf: (given: string) => Promise<string>;
  readonly entries: () => ReturnType<typeof readEntries>;
  /** Fails where one of these PINs and UIDs, or a demo person's, or one of these names is in a file of the station or in any output of a command. */
  readonly assertNoSecrets: (secrets: readonly string[], names: readonly string[]) => void;
};

export async function startBeside(policy: Partial<Policy> = {}): Promise<Beside> {
  const place = folder();
  const dir = join(place.path, 'station');
  const agent = await startAgentProcess(dir, { policy });
  const printed: Printed[] = [];
  const noted = async (said: Promise<Printed>): Promise<Printed> => {
    printed.push(await said);
    return said;
  };
  const people = async (): Promise<readonly Person[]> => ((await tapwardJson(dir, ['people'])).json as { people: readonly Person[] }).people;
  return {
    path: place.path,
    dir,
    agent,
    people,
    run: (args, around) => noted(tapward(dir, args, around)),
    enrol: async (args, input, cards, seen = () => undefined) => {
      const program = startTapward(dir, ['enrol', ...args], { input });
      await program.says('Hold the badge');
      seen();
      for (const uid of cards) {
        await agent.do({ do: 'place', uid });
        await agent.do({ do: 'lift' });
      }
      return noted(program.ended);
    },
    idOf: async (given) => (await people()).find(({ subscriber }) => subscriber.given === given)?.subscriber.id ?? 'nobody',
    entries: () => readEntries(join(dir, 'ledger')),
    assertNoSecrets: (secrets, names) =>
      search(dir, printed, [...secrets, ...demoPeople.flatMap(({ uid, pin }) => [uid, pin])], [...names, ...demoPeople.map(({ given }) => given)]),
    [Symbol.asyncDispose]: async () => {
      await agent[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };
}

function search(dir: string, printed: readonly Printed[], secrets: readonly string[], names: readonly string[]): void {
  const files = [dir, join(dir, 'ledger')].flatMap((within) => readdirSync(within).map((name) => join(within, name))).filter((path) => statSync(path).isFile());
  for (const name of ['agent.log', '.jsonl', 'store.db'])
    assert.ok(
      files.some((path) => path.endsWith(name)),
      `${name} was not there to be searched`,
    );
  const stored = files.map((path) => [path, readFileSync(path, 'latin1')] as const);
  const all = [...stored, ...printed.map(({ out, err }, i) => [`output ${i}`, out + err] as const)];
  assert.ok(printed.length > 0);
  for (const [where, text] of all) {
    for (const secret of secrets) {
      assert.ok(!text.includes(secret), `${where} holds a secret`);
      assert.ok(!text.includes(secret.split('').join(',')), `${where} holds a secret, as a list`);
      // Three bytes of a PIN's digits may stand in any sealed file by chance; those of a UID do not.
      if (secret.length > 6) assert.ok(!text.includes(Buffer.from(secret, 'hex').toString('latin1')), `${where} holds a UID, as bytes`);
    }
  }
  for (const [where, text] of stored) for (const name of names) assert.ok(!text.includes(name) || name.length < 4, `${where} names a person`);
}
