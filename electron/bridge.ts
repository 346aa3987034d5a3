/** One window's page comes in; what it says goes out, checked: who says it, from where, how long it is and how often. */
import type { IpcMainEvent, WebContents } from 'electron';
import { type CeremonyAnswer, decodeAnswer, decodeGesture, type Gesture, maxAnswerBytes, maxGestureBytes } from '../core/bridge.ts';
import { channels } from './channels.ts';
import { originOf } from './content.ts';

/** Hands make fewer: two thumbs on a pad reach about 15 gestures a second. */
const gesturesPerSecond = 30;
/** A ceremony is answered once. */
const answersPerSecond = 5;
/** Everything else a page may say in a second. */
const wordsPerSecond = 200;

export type FromPage = {
  readonly ready: () => void;
  readonly gesture: (gesture: Gesture) => void;
  readonly answer: (answer: CeremonyAnswer) => void;
  readonly drawn: (number: number, section: string) => void;
  readonly alive: () => void;
  readonly touched: () => void;
  readonly extension: (said: unknown) => void;
};

/** Hears this page as long as it lives. Anything that is not exactly a message of its own main frame at `origin` is dropped unread. */
export function hearPage(contents: WebContents, origin: string, heard: FromPage): void {
  const gestures = bucket(gesturesPerSecond);
  const answers = bucket(answersPerSecond);
  const words = bucket(wordsPerSecond);
  const on = (channel: string, take: (first: unknown, second: unknown) => void): void => {
    contents.ipc.on(channel, (event, first: unknown, second: unknown) => {
      if (isOwn(event, contents, origin)) take(first, second);
    });
  };
  on(channels.gesture, (bytes) => {
    if (!(bytes instanceof Uint8Array) || bytes.length > maxGestureBytes || !gestures()) return;
    const gesture = decodeGesture(bytes);
    if (gesture !== null) heard.gesture(gesture);
  });
  on(channels.answer, (bytes) => {
    if (!(bytes instanceof Uint8Array) || bytes.length > maxAnswerBytes || !answers()) return;
    const answer = decodeAnswer(bytes);
    if (answer !== null) heard.answer(answer);
  });
  on(channels.drawn, (number, section) => {
    if (words() && typeof number === 'number' && typeof section === 'string' && section.length <= 32) heard.drawn(number, section);
  });
  for (const kind of ['ready', 'alive', 'touched'] as const) on(channels[kind], () => words() && heard[kind]());
  on(channels.extension, (said) => words() && heard.extension(said));
}

/** The sender's frame is this window's main frame, and it stands at our origin. An absent sender (its page was replaced meanwhile) is nobody. */
export function isOwn({ sender, senderFrame }: Pick<IpcMainEvent, 'sender' | 'senderFrame'>, contents: WebContents, origin: string): boolean {
  if (senderFrame === null || senderFrame === undefined || sender !== contents) return false;
  return senderFrame === contents.mainFrame && originOf(senderFrame.url) === origin;
}

/** Answers whether one more is within `rate` a second; a second's worth may come at once. */
export function bucket(rate: number, clock: () => number = () => performance.now()): () => boolean {
  let left = rate;
  let at = clock();
  return () => {
    const now = clock();
    left = Math.min(rate, left + ((now - at) / 1000) * rate);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
