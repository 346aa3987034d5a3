/** Single bytes come in on standard input: a PIN to enrol, then the same PIN as a hand types it; it is overwritten before this process says that it was used. */
import { byUid } from '../../agent/enrolment.ts';
import { fixedBytes } from '../../agent/pin-buffer.ts';
import { decodeGesture } from '../../core/bridge.ts';
import { startRig } from './rig.ts';

const [dir = '', length = '12'] = process.argv.slice(2);
const pinLength = Number(length);
const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const { agent, face, tap } = await startRig(dir, { pinLength });
const pin = fixedBytes(pinLength);
let taken = 0;

// One byte a message, as a face sends them: no chunk ever holds two digits side by side.
process.stdin.on('data', (chunk: Buffer) => {
  for (let i = 0; i < chunk.length; i++) void take(chunk.subarray(i, i + 1)).catch((why: unknown) => process.stdout.write(`failed ${String(why)}\n`));
});
async function take(byte: Buffer): Promise<void> {
  const number = taken++;
  if (number < pinLength) {
    pin[number] = (byte[0] ?? 0) - 0x30;
    byte.fill(0);
    if (number === pinLength - 1) {
      const enrolled = await agent.enrolment?.enrol({ given: 'Sam', initial: 'B', language: null }, byUid(Uint8Array.from(uid)), pin, 'screen');
      tap(uid);
      await face.until('the PIN', (v) => v.screen.kind === 'pin');
      process.stdout.write(`${enrolled?.kind}\n`);
      return;
    }
  } else {
    const gesture = decodeGesture(byte);
    if (gesture !== null) agent.gesture(gesture);
    if (number === 2 * pinLength - 1) {
      await face.until('the open desk', (v) => v.screen.kind === 'open');
      process.stdout.write('opened\n');
      return;
    }
  }
  process.stdout.write('next\n');
}
process.stdout.write('ready\n');
