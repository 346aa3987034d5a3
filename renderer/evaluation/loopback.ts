/** The agent's loopback endpoint comes in (GET /events, POST /gesture, POST /key, POST /tray); the face's bridge and the tray's link go out. It reconnects by itself; evaluation only. */
import { encodeAnswer, type ToFace } from '../../core/bridge.ts';
import { readToFace } from '../../core/frame.ts';
import { type Link, readTray, type Tray } from './link.ts';

const firstRetry = 250;
const lastRetry = 5_000;
/** An agent that takes longer than this to answer a gesture counts as away. */
const answerWithin = 3_000;

/** Connects to the server this page came from; its cookie is the session. */
export function loopback(): Link {
  const hearers = new Set<(message: ToFace) => void>();
  const trays = new Set<(tray: Tray) => void>();
  const aways = new Set<() => void>();
  let wait = firstRetry;
  let tail: Promise<void> = Promise.resolve();
  let source: EventSource | null = null;

  function connect(): void {
    const events = new EventSource('/events');
    source = events;
    events.addEventListener('message', ({ data }: MessageEvent<string>) => {
      wait = firstRetry;
      try {
        const message = readToFace(JSON.parse(data));
        // A face covers rather than draw a guess.
        if (message === null) return drop(events);
        for (const hear of hearers) hear(message);
      } catch (broken) {
        drop(events);
        throw broken;
      }
    });
    events.addEventListener('tray', ({ data }: MessageEvent<string>) => {
      const tray = readTray(JSON.parse(data));
      if (tray !== null) for (const change of trays) change(tray);
    });
    events.addEventListener('error', () => drop(events));
  }

  /** Ends this connection and makes the next one, each a little later than the last. */
  function drop(events: EventSource | null): void {
    if (events === null || events !== source) return;
    events.close();
    source = null;
    for (const away of aways) away();
    setTimeout(connect, wait);
    wait = Math.min(2 * wait, lastRetry);
  }

  /** One after the other: two digits on two connections could arrive in the wrong order. What could not be sent is forgotten, never repeated. */
  function post(path: string, type: string, body: Uint8Array<ArrayBuffer>): void {
    const over = source;
    tail = tail.then(async () => {
      if (over !== source) return;
      try {
        const { ok } = await fetch(path, { method: 'POST', headers: { 'content-type': type }, body, keepalive: true, signal: AbortSignal.timeout(answerWithin) });
        if (!ok) drop(over);
      } catch {
        drop(over);
      } finally {
        body.fill(0);
      }
    });
  }

  connect();
  return {
    listen: (heard) => void hearers.add(heard),
    onAway: (away) => void aways.add(away),
    onTray: (changed) => void trays.add(changed),
    send: (bytes) => {
      post('/gesture', 'application/octet-stream', Uint8Array.from(bytes));
      bytes.fill(0);
    },
    answer: (answer) => post('/key', 'application/octet-stream', encodeAnswer(answer)),
    tray: (deed) => post('/tray', 'application/json', new TextEncoder().encode(JSON.stringify(deed))),
    end: null,
  };
}
