/** What xwd says of an X screen comes in; its pixels as a PNG, or colours in a grid, go out. XWD version 7 with 32 bits a pixel, which is what our X servers have. */
import { crc32, deflateSync } from 'node:zlib';

export type Area = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
/** `at`: where the pixel's blue, green and red byte stand in `bytes`. */
export type Dump = { readonly columns: number; readonly rows: number; readonly bytes: Buffer; readonly at: (column: number, row: number) => number };

/** Reads the header; the pixels stay where they are. */
export function dumpOf(bytes: Buffer): Dump {
  const said = (word: number): number => bytes.readUInt32BE(4 * word);
  const [header, columns, rows, bytesPerLine, colours] = [said(0), said(4), said(5), said(12), said(19)];
  const first = header + 12 * colours;
  return { columns, rows, bytes, at: (column, row) => first + row * bytesPerLine + column * 4 };
}

/** Colours as `#rrggbb`, of every 16th pixel of every 16th row of `area`. */
export function gridOf({ columns, rows, bytes, at }: Dump, { x, y, width, height }: Area): readonly string[] {
  const found: string[] = [];
  for (let row = y + 4; row < Math.min(rows, y + height); row += 16)
    for (let column = x + 4; column < Math.min(columns, x + width); column += 16)
      found.push(
        `#${[2, 1, 0]
          .map((byte) =>
            bytes
              .readUInt8(at(column, row) + byte)
              .toString(16)
              .padStart(2, '0'),
          )
          .join('')}`,
      );
  return found;
}

/** A PNG (ISO/IEC 15948): 8 bits a channel, no alpha. */
export function pngOf({ columns, rows, bytes, at }: Dump): Buffer {
  const stride = 1 + 3 * columns;
  // Each row begins with its filter: 0, none, which packs flat colours best.
  const raw = Buffer.alloc(stride * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const from = at(column, row);
      const to = row * stride + 1 + 3 * column;
      for (let channel = 0; channel < 3; channel++) raw[to + channel] = bytes[from + 2 - channel] ?? 0;
    }
  const size = Buffer.alloc(13);
  size.writeUInt32BE(columns, 0);
  size.writeUInt32BE(rows, 4);
  size.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', size), chunk('IDAT', deflateSync(raw, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}
