/** The page's files come in; they are served at the station's one origin, and every other address of every scheme is refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Session } from 'electron';

/** The Content-Security-Policy, written in by build/electron.ts: no file or argument can name another. */
declare const CONTENT_SECURITY_POLICY: string;
/** Beside it: no dialog (the system's print dialog among them), no window, no form, no download. */
const sandbox = 'sandbox allow-scripts allow-same-origin';

export type Content = ReadonlyMap<string, { readonly type: string; readonly body: Uint8Array<ArrayBuffer> }>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of one folder, by path below the origin. Throws where one has a type that no page needs. */
export function readContent(folder: string): Content {
  return new Map(
    readdirSync(folder).map((name) => {
      const type = types[extname(name)];
      if (type === undefined) throw new Error(`the page's folder holds ${name}, which no page needs`);
      return [`/${name}`, { type, body: Uint8Array.from(readFileSync(join(folder, name))) }];
    }),
  );
}

/** Serves `content` at `origin` to this session, and lets it reach nothing else. */
export function serve(session: Session, origin: string, content: Content): void {
  const refused = (): Response => new Response('Nothing is here.', { status: 403 });
  session.protocol.handle('https', ({ url, method }) => {
    const asked = new URL(url);
    const file = content.get(asked.pathname === '/' ? '/index.html' : asked.pathname);
    if (asked.origin !== origin || method !== 'GET' || file === undefined) return refused();
    return new Response(file.body, {
      headers: {
        'content-type': file.type,
        'content-security-policy': `${CONTENT_SECURITY_POLICY}; ${sandbox}`,
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    });
  });
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: originOf(url) !== origin }));
}

/** The origin of an address, parsed; null for what is none. */
export function originOf(url: string): string | null {
  try {
    return new URL(url).origin;
  } catch {
    return null;
  }
}
