/** The evaluation's Electron face connects here beside its door; it is told what lies on the tray, and what a hand does there goes out. Evaluation only. */
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { longestWish, type TrayState, type TrayWish, wishIn } from './wish.ts';

export type TrayDoorParts = {
  /** In a folder that only the station's own account may enter. */
  readonly path: string;
  readonly tray: () => TrayState;
  readonly wish: (wish: TrayWish) => void;
};
export type TrayDoor = { readonly trayChanged: () => void; readonly close: () => Promise<void> };

/** A line of JSON each way. Whoever says anything else is put out. */
export async function openTrayDoor({ path, tray, wish }: TrayDoorParts): Promise<TrayDoor> {
  const open = new Set<Socket>();
  const tell = (socket: Socket): void => void socket.write(`${JSON.stringify(tray())}\n`);
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    let held = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      const wishes = lines.map((line) => (line.length > longestWish ? null : wishIn(Buffer.from(line))));
      if (held.length > longestWish || wishes.includes(null)) socket.destroy();
      else for (const one of wishes) if (one !== null) wish(one);
    });
    tell(socket);
  });
  server.maxConnections = 2;
  if (process.platform !== 'win32') rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    trayChanged: () => {
      for (const socket of open) tell(socket);
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
