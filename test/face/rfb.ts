/** A VNC server's socket and a list of screens come in; the server has exactly those as RandR outputs when the promise resolves. RFC 6143, and its community's SetDesktopSize. */
import { once } from 'node:events';
import { connect } from 'node:net';

export type Screen = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

const extendedDesktopSize = -308;

/** Throws what the server answers where it refuses. */
export async function setScreens(path: string, screens: readonly Screen[]): Promise<void> {
  const socket = connect(path);
  await once(socket, 'connect');
  try {
    let held = Buffer.alloc(0);
    const take = async (length: number): Promise<Buffer> => {
      while (held.length < length) held = Buffer.concat([held, ((await once(socket, 'data')) as [Buffer])[0]]);
      const taken = held.subarray(0, length);
      held = held.subarray(length);
      return taken;
    };
    // Version, security type None, shared.
    socket.write(await take(12));
    await take((await take(1))[0] ?? 0);
    socket.write(Uint8Array.of(1));
    await take(4);
    socket.write(Uint8Array.of(1));
    const start = await take(24);
    await take(start.readUInt32BE(20));
    const encodings = Buffer.alloc(8);
    encodings.set([2, 0, 0, 1]);
    encodings.writeInt32BE(extendedDesktopSize, 4);
    // An update that starts beyond the picture holds no pixels.
    const request = Buffer.from([3, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
    socket.write(Buffer.concat([encodings, request]));
    await answer(take);
    const wish = Buffer.alloc(8 + 16 * screens.length);
    wish[0] = 251;
    wish.writeUInt16BE(Math.max(...screens.map(({ x, width }) => x + width)), 2);
    wish.writeUInt16BE(Math.max(...screens.map(({ y, height }) => y + height)), 4);
    wish[6] = screens.length;
    for (const [at, { x, y, width, height }] of screens.entries()) {
      wish.writeUInt32BE(at + 1, 8 + 16 * at);
      for (const [part, value] of [x, y, width, height].entries()) wish.writeUInt16BE(value, 12 + 16 * at + 2 * part);
    }
    socket.write(Buffer.concat([wish, request]));
    const status = await answer(take);
    if (status !== 0) throw new Error(`the X server refuses these screens (${status})`);
  } finally {
    socket.destroy();
  }
}

/** Reads updates until one tells the desktop's size; answers its status, 0 for done. */
async function answer(take: (length: number) => Promise<Buffer>): Promise<number> {
  for (;;) {
    const head = await take(4);
    if (head[0] !== 0) throw new Error(`the X server says ${head[0]}, which was not asked for`);
    for (let rectangles = head.readUInt16BE(2); rectangles > 0; rectangles--) {
      const rectangle = await take(12);
      if (rectangle.readInt32BE(8) === extendedDesktopSize) {
        const count = (await take(4))[0] ?? 0;
        await take(16 * count);
        return rectangle.readUInt16BE(2);
      }
      // Raw: four bytes a pixel.
      await take(4 * rectangle.readUInt16BE(4) * rectangle.readUInt16BE(6));
    }
  }
}
