/** The renderer's files, Frames and the tray come in; one browser on this computer gets them over loopback, with a token that works once. Evaluation only: an installed agent never opens it. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CeremonyAnswer, decodeAnswer, decodeGesture, type Gesture, maxAnswerBytes, maxGestureBytes, type ToFace } from '../../core/bridge.ts';
import type { Faces } from '../faces.ts';
import { longestWish, type TrayState, type TrayWish, wishIn } from './wish.ts';

export type Bundle = ReadonlyMap<string, { readonly type: string; readonly body: Uint8Array }>;
export type EndpointParts = {
  readonly files: Bundle;
  readonly policy: string;
  readonly faces: Faces;
  readonly gesture: (gesture: Gesture) => void;
  readonly answer: (answer: CeremonyAnswer) => void;
  readonly tray: () => TrayState;
  readonly wish: (wish: TrayWish) => void;
};
export type Endpoint = {
  /** Opens the screen in the first browser that asks, and in no other. */
  readonly address: string;
  /** Of the page: browsers let security keys speak to a name only, and `localhost` is the one of this computer (W3C Secure Contexts §3.1). */
  readonly origin: string;
  readonly trayChanged: () => void;
  readonly close: () => Promise<void>;
};

export async function openEndpoint(parts: EndpointParts): Promise<Endpoint> {
  const token = randomBytes(32);
  const session = randomBytes(32);
  let tokenUsed = false;
  let origin = '';
  const streams = new Set<ServerResponse>();

  const heard = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('content-security-policy', parts.policy);
    serve(request, response).catch(() => end(response, 500, 'The station could not answer. Reload the page.'));
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A page elsewhere that resolves its own name to this computer still sends its own Host.
    if (request.headers.host !== origin.slice('http://'.length)) return end(response, 403, 'Open the address from the terminal.');
    const [pathname = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const offered = new URLSearchParams(query).get('t');
    if (request.method === 'GET' && pathname === '/' && offered !== null) {
      if (tokenUsed || !same(Buffer.from(offered, 'base64url'), token)) return end(response, 403, 'This address was used already. Start again with npm start.');
      tokenUsed = true;
      response.writeHead(303, { location: '/', 'set-cookie': `${cookieName()}=${session.toString('base64url')}; HttpOnly; SameSite=Strict; Path=/` });
      response.end();
      return;
    }
    if (!same(Buffer.from(cookieOf(request, cookieName()), 'base64url'), session)) return end(response, 403, 'Open the address from the terminal.');
    if (request.method === 'GET') return pathname === '/events' ? stream(request, response) : file(pathname, response);
    if (request.method !== 'POST' || request.headers.origin !== origin) return end(response, 403, 'Only the station’s own page may send this.');
    if (pathname === '/gesture') {
      const bytes = await bodyOf(request, maxGestureBytes);
      const gesture = bytes === null ? null : decodeGesture(bytes);
      if (gesture === null) return end(response, 400, 'Not a gesture.');
      parts.gesture(gesture);
      return end(response, 204, '');
    }
    if (pathname === '/key') {
      const bytes = await bodyOf(request, maxAnswerBytes);
      const answer = bytes === null ? null : decodeAnswer(bytes);
      if (answer === null) return end(response, 400, 'Not an answer to a ceremony.');
      parts.answer(answer);
      return end(response, 204, '');
    }
    if (pathname === '/tray') {
      const wish = wishIn(await bodyOf(request, longestWish));
      if (wish === null) return end(response, 400, 'Not a wish for the tray.');
      parts.wish(wish);
      return end(response, 204, '');
    }
    return end(response, 404, 'Nothing is here.');
  };

  const cookieName = (): string => `tapward_${origin.split(':').at(-1) ?? ''}`;
  const file = (path: string, response: ServerResponse): void => {
    const found = parts.files.get(path === '/' ? '/index.html' : path);
    if (found === undefined) return end(response, 404, 'Nothing is here.');
    response.writeHead(200, { 'content-type': found.type, 'content-length': found.body.byteLength });
    response.end(found.body);
  };
  const tray = (response: ServerResponse): void => void response.write(`event: tray\ndata: ${JSON.stringify(parts.tray())}\n\n`);
  const stream = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.socket?.setNoDelay(true);
    streams.add(response);
    tray(response);
    const leave = parts.faces.connect((message: ToFace) => void response.write(`data: ${JSON.stringify(message)}\n\n`));
    request.once('close', () => {
      streams.delete(response);
      leave();
    });
  };

  const { servers, port } = await listen(heard);
  origin = `http://localhost:${port}`;
  return {
    address: `${origin}/?t=${token.toString('base64url')}`,
    origin,
    trayChanged: () => {
      for (const response of streams) tray(response);
    },
    close: async () => {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    },
  };
}

/** Tries for a port that is free at both loopback addresses. */
const portTries = 8;

/**
 * The same port at 127.0.0.1 and, where the computer has it, at ::1: a browser that resolves `localhost` may try either first, and must not meet another program there.
 * Nothing of it can be reached from outside.
 */
async function listen(heard: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ readonly servers: readonly Server[]; readonly port: number }> {
  for (let left = portTries; ; left--) {
    const first = createServer(heard);
    await opened(first, 0, '127.0.0.1');
    const { port } = first.address() as AddressInfo;
    const second = createServer(heard);
    try {
      await opened(second, port, '::1');
      return { servers: [first, second], port };
    } catch (why) {
      const { code } = why as NodeJS.ErrnoException;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { servers: [first], port };
      first.close();
      if (code !== 'EADDRINUSE' || left === 0) throw why;
    }
  }
}

const opened = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

function end(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(sentence);
}

const same = (offered: Uint8Array, expected: Uint8Array): boolean => offered.byteLength === expected.byteLength && timingSafeEqual(offered, expected);

const cookieOf = (request: IncomingMessage, name: string): string =>
  (request.headers.cookie ?? '')
    .split('; ')
    .find((c) => c.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? '';

/** The body, or null when it is longer than `limit` bytes. Every chunk but the copy handed out is overwritten: it may hold a digit. */
async function bodyOf(request: IncomingMessage, limit: number): Promise<Uint8Array | null> {
  const body = Buffer.alloc(limit);
  let length = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    if (length + bytes.byteLength > limit) return null;
    bytes.copy(body, length);
    length += bytes.byteLength;
    bytes.fill(0);
  }
  return body.subarray(0, length);
}
