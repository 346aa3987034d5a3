/** Hostile requests come in at the loopback endpoint; refusals go out. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { type Endpoint, openEndpoint } from '../../agent/evaluation/endpoint.ts';
import type { TrayWish } from '../../agent/evaluation/wish.ts';
import { type CeremonyAnswer, encodeAnswer, type Gesture, maxAnswerBytes } from '../../core/bridge.ts';

const gestures: Gesture[] = [];
const answers: CeremonyAnswer[] = [];
const wishes: TrayWish[] = [];
let endpoint: Endpoint;
let origin = '';
let cookie = '';

type Answer = { readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, string | string[] | undefined>> };
function ask(path: string, { method = 'GET', headers = {}, body = null }: { method?: string; headers?: Record<string, string>; body?: Uint8Array | null } = {}): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (t: string) => (text += t))
        .on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}
const own = (): Record<string, string> => ({ cookie, origin });

before(async () => {
  endpoint = await openEndpoint({
    files: new Map([['/index.html', { type: 'text/html', body: Buffer.from('the page') }]]),
    policy: "default-src 'none'",
    faces: { connect: () => () => undefined, publish: () => undefined, send: () => undefined },
    gesture: (g) => gestures.push(g),
    answer: (a) => answers.push(a),
    tray: () => ({ badges: [], plugged: true }),
    wish: (w) => wishes.push(w),
  });
  ({ origin } = new URL(endpoint.address));
});
after(() => endpoint.close());

test('it listens on the loopback addresses only, and at both of them: nobody else can be met under its name', async () => {
  const { hostname, port } = new URL(origin);
  assert.equal(hostname, 'localhost');
  const listens = (host: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host, port: Number(port) });
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address, internal } of addresses) assert.equal(await listens(address), internal && ['127.0.0.1', '::1'].includes(address), address);
  const rival = createServer();
  for (const host of addresses.filter(({ internal }) => internal).map(({ address }) => address)) {
    const refused = await new Promise((resolve) =>
      rival
        .once('error', ({ message }) => resolve(message))
        .once('listening', () => resolve(null))
        .listen(Number(port), host),
    );
    assert.match(String(refused), /EADDRINUSE/, host);
  }
});

test('without the token, or with a wrong one, nothing is served', async () => {
  for (const path of ['/', '/index.html', '/events', '/?t=', `/?t=${randomBytes(32).toString('base64url')}`]) assert.equal((await ask(path)).status, 403, path);
});

test('the token opens one session, once', async () => {
  const { pathname, search } = new URL(endpoint.address);
  const first = await ask(pathname + search);
  assert.equal(first.status, 303);
  const set = String(first.headers['set-cookie']);
  assert.match(set, /HttpOnly; SameSite=Strict/);
  [cookie] = set.split(';') as [string];
  assert.equal((await ask(pathname + search)).status, 403);
  const page = await ask('/', { headers: { cookie } });
  assert.deepEqual([page.status, page.body], [200, 'the page']);
  assert.equal(page.headers['content-security-policy'], "default-src 'none'");
  assert.equal(page.headers['cache-control'], 'no-store');
});

test('another site’s page can neither rebind the name nor post', async () => {
  assert.equal((await ask('/', { headers: { cookie, host: 'evil.example' } })).status, 403);
  for (const headers of [{ cookie }, { cookie, origin: 'https://evil.example' }, { cookie, origin: 'null' }, { origin }]) {
    assert.equal((await ask('/gesture', { method: 'POST', headers, body: Buffer.from('5') })).status, 403, JSON.stringify(headers));
  }
  assert.deepEqual(gestures, []);
});

test('a gesture is exactly one, and a digit is one byte', async () => {
  for (const body of ['5', 'lockNow', 'cancel']) assert.equal((await ask('/gesture', { method: 'POST', headers: own(), body: Buffer.from(body) })).status, 204);
  assert.deepEqual(gestures.splice(0), [{ kind: 'digit', digit: 5 }, { kind: 'lockNow' }, { kind: 'cancel' }]);
});

test('an answer to a ceremony is exactly one, and has its own limit', async () => {
  const post = async (body: Uint8Array): Promise<number> => (await ask('/key', { method: 'POST', headers: own(), body }).catch(() => ({ status: 400 }))).status;
  const answer: CeremonyAnswer = { id: 7, json: '{"id":"AQ"}' };
  assert.deepEqual([await post(encodeAnswer(answer)), await post(encodeAnswer({ id: 8, json: null }))], [204, 204]);
  assert.deepEqual(answers.splice(0), [answer, { id: 8, json: null }]);
  for (const body of [
    new Uint8Array(0),
    new Uint8Array(3),
    Uint8Array.of(1, 0, 0, 0, 0),
    Buffer.from('abcd\x7f'),
    new Uint8Array(maxAnswerBytes + 1).fill(0x20),
    Buffer.from('abcd\n'),
  ])
    assert.equal(await post(body), 400);
  assert.equal((await ask('/key', { method: 'POST', headers: { cookie, origin: 'https://evil.example' }, body: encodeAnswer(answer) })).status, 403);
  assert.deepEqual(answers, []);
});

test('two thousand hostile bodies and requests: refused, and the endpoint still answers', async () => {
  for (let i = 0; i < 2000; i++) {
    const body = i % 4 === 0 ? Buffer.alloc(0) : i % 4 === 1 ? randomBytes(1 + (i % 200)) : i % 4 === 2 ? Buffer.from(`digit${i}`) : Buffer.from('{"kind":"open"}');
    const path = i % 2 === 0 ? '/gesture' : '/tray';
    const { status } = await ask(path, { method: 'POST', headers: own(), body }).catch(() => ({ status: 400 }));
    if (body.length === 1 && path === '/gesture') gestures.length = 0;
    else assert.equal(status, 400, `${path} took ${body.toString('hex')}`);
  }
  for (const path of ['/../etc/passwd', '/%2e%2e/agent.log', '//evil.example', '/gesture']) assert.ok([403, 404].includes((await ask(path, { headers: own() })).status), path);
  assert.deepEqual([gestures, wishes], [[], []]);
  await ask('/tray', { method: 'POST', headers: own(), body: Buffer.from('{"do":"tap","badge":"x"}') });
  assert.deepEqual(wishes, [{ do: 'tap', badge: 'x' }]);
});

test('once closed, nothing listens', async () => {
  await endpoint.close();
  const { hostname, port } = new URL(origin);
  const refused = await new Promise((resolve) =>
    connect(Number(port), hostname)
      .on('connect', () => resolve(false))
      .on('error', () => resolve(true)),
  );
  assert.ok(refused);
});
