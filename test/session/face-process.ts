/** A face's door comes in on the command line; a process that covers, as far as its door can tell, goes out: it says so three times a second until it is killed. */
import { createConnection } from 'node:net';
import { encodeFromFace } from '../../core/face-link.ts';

const socket = createConnection(process.argv[2] ?? '');
socket.on('connect', () => {
  const beat = (): void => void socket.write(encodeFromFace({ kind: 'beat', covers: true }));
  beat();
  setInterval(beat, 300);
});
socket.on('data', () => undefined);
for (const end of ['error', 'close'] as const) socket.on(end, () => process.exit(1));
