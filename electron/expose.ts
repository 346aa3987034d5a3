/** The main process's messages come in and the page's bytes go out; the page is given exactly the Bridge, and a promise that what it drew is told. */
import { contextBridge, ipcRenderer } from 'electron';
import { type Bridge, encodeAnswer, maxGestureBytes, type Role, type ToFace } from '../core/bridge.ts';
import { readToFace } from '../core/frame.ts';
import { channels, type ToPage } from './channels.ts';

const roles: readonly unknown[] = ['pad', 'backdrop', 'strip', 'banner'] satisfies readonly Role[];

/** Gives the page `window.tapward`. Runs in the sandboxed, isolated world of a preload script. */
export function exposeBridge(): void {
  let hear: ((message: ToFace) => void) | null = null;
  let away: (() => void) | null = null;
  let changed: ((role: Role) => void) | null = null;

  const section = (): string => document.getElementById('face')?.dataset['section'] ?? '';
  /** Two frames later a picture has been handed to the display; a hidden page has none, and answers once it is shown. */
  const confirm = (number: number): void => void requestAnimationFrame(() => requestAnimationFrame(() => ipcRenderer.send(channels.drawn, number, section())));

  function take(said: ToPage): void {
    switch (said.kind) {
      case 'role':
        if (roles.includes(said.role)) changed?.(said.role);
        return;
      case 'away':
        return away?.();
      case 'message': {
        const message = readToFace(said.message);
        // A face covers rather than draw a guess.
        return message === null ? away?.() : hear?.(message);
      }
      case 'beat':
        return ipcRenderer.send(channels.alive);
      default:
        return said satisfies never;
    }
  }

  ipcRenderer.on(channels.tell, (_event, number: number, said: ToPage) => {
    take(said);
    if (said.kind !== 'beat') confirm(number);
  });

  const bridge: Bridge = {
    listen: (heard) => {
      hear = heard;
    },
    onAway: (heard) => {
      away = heard;
    },
    onRole: (heard) => {
      changed = heard;
    },
    send: (bytes) => {
      if (!(bytes instanceof Uint8Array) || bytes.length > maxGestureBytes) return;
      ipcRenderer.send(channels.gesture, bytes);
      bytes.fill(0);
    },
    answer: (answer) => ipcRenderer.send(channels.answer, encodeAnswer(answer)),
  };
  contextBridge.exposeInMainWorld('tapward', bridge);

  window.addEventListener('pointerdown', ({ isTrusted }) => isTrusted && ipcRenderer.send(channels.touched), { capture: true });
  // What is dragged onto the screen falls off it.
  for (const kind of ['dragenter', 'dragover', 'drop', 'contextmenu', 'auxclick']) window.addEventListener(kind, (event) => event.preventDefault(), { capture: true });
  window.addEventListener('DOMContentLoaded', () => ipcRenderer.send(channels.ready));
}
