/** A folder and a PC/SC service come in; a station that leaves it to security keys to check their PIN goes out, and takes single bytes on standard input for gestures: after each it says what its screen shows. */
import { startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { decodeGesture } from '../../core/bridge.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { headlessFace } from '../e2e/headless.ts';

const { dir, pcscEnv } = JSON.parse(process.argv[2] ?? '{}') as { readonly dir: string; readonly pcscEnv: Readonly<Record<string, string>> };
const station = await startEvaluation({ dir, version: '0.0.0', policy: { ...defaultPolicy, keyPin: 'key' }, fresh: false, tray: false, pcscEnv, say: () => undefined });
const { agent } = station;
const face = headlessFace(agent);
let typed = 0;

// One byte a message, as a face sends them; a space asks for the pad, and waits for it.
process.stdin.on('data', (chunk: Buffer) => {
  for (let i = 0; i < chunk.length; i++) void take(chunk.subarray(i, i + 1)).catch((why: unknown) => process.stdout.write(`failed ${String(why)}\n`));
});
async function take(byte: Buffer): Promise<void> {
  if (byte[0] === 0x20) {
    await face.until('the pad', (v) => v.screen.kind === 'keyPin');
    process.stdout.write('asked\n');
    return;
  }
  const gesture = decodeGesture(byte);
  if (gesture !== null) agent.gesture(gesture);
  typed += 1;
  if (typed === 12) await face.until('the open desk', (v) => v.screen.kind === 'open');
  process.stdout.write(`${typed === 12 ? 'opened' : 'next'}\n`);
}
process.stdout.write(`${agent.enrolment?.people()[0]?.subscriber.id ?? 'nobody'}\n`);
