/** The command of an Electron face and a running station come in; the face stands on the screen until a hand or the station ends it, and is told and heard over its own doors. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { privateFolder } from '../admin/address.ts';
import type { Agent } from '../agent.ts';
import type { Diagnose } from '../diagnostics.ts';
import { type FacePeer, openFaceDoor } from '../face/door.ts';
import { recordRefusal } from '../face/refusal.ts';
import { type FaceProgram, type Supervisor, superviseFace } from '../face/supervisor.ts';
import { openTrayDoor } from './tray-door.ts';
import type { TrayState, TrayWish } from './wish.ts';

/** Where the face finds the station; and folders of its own, gone with it: for its files, and for whatever Chromium keeps. */
export type FacePaths = { readonly door: string; readonly tray: string; readonly app: string; readonly profile: string };
export type KioskParts = {
  readonly agent: Agent;
  readonly peerOf: (fd: number) => FacePeer | null;
  readonly tray: () => TrayState;
  readonly wish: (wish: TrayWish) => void;
  readonly program: (paths: FacePaths) => Promise<FaceProgram>;
  readonly diagnose: Diagnose;
};
export type Kiosk = {
  /** Settles once: true when the face covers the screen, false when it ended before it ever answered. */
  readonly stands: Promise<boolean>;
  /** Settles with why once a hand has ended it. */
  readonly ended: Promise<string>;
  readonly trayChanged: () => void;
  readonly close: () => Promise<void>;
};

/** Throws where no door can be opened. */
export async function openKiosk({ agent, peerOf, tray, wish, program, diagnose }: KioskParts): Promise<Kiosk> {
  await using stack = new AsyncDisposableStack();
  const stands = Promise.withResolvers<boolean>();
  const ended = Promise.withResolvers<string>();
  // Of mode 0700: only this account can knock.
  const folder = privateFolder('tapward-face-');
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const [door, trayPath] = ['face', 'tray'].map((name) => addressIn(folder, name)) as [string, string];
  const command = await program({ door, tray: trayPath, app: join(folder, 'app'), profile: join(folder, 'profile') });
  let face: Supervisor | null = null;
  const opened = await openFaceDoor({
    path: door,
    peerOf,
    // The supervised program and no other; where the system does not say who knocks, whoever may enter the folder.
    accepts: (peer) => peer === null || (peer.uid === process.geteuid?.() && peer.pid === face?.pid()),
    faces: agent.faces,
    gesture: agent.gesture,
    answer: agent.keyAnswer,
    keyboard: agent.keyboard,
    presence: (present) => {
      diagnose('TW1605', present ? 'covered' : 'not covered');
      agent.queue.dispatch({ kind: 'face', present });
      if (present) stands.resolve(true);
    },
    beaten: (peer) => face?.beaten(peer?.pid ?? face.pid() ?? 0),
    refused: (what) => recordRefusal(agent, what),
    noted: (text) => diagnose('TW1603', text),
  }).catch((why: unknown) => {
    diagnose('TW1604', why instanceof Error ? why.message : String(why));
    throw why;
  });
  stack.defer(opened.close);
  const beside = await openTrayDoor({ path: trayPath, tray, wish: (wished) => (wished.do === 'end' ? ended.resolve('ended on the tray') : wish(wished)) });
  stack.defer(beside.close);
  face = superviseFace({
    program: command,
    noted: (what, text) => {
      diagnose(what === 'refused' ? 'TW1602' : 'TW1601', text);
      if (what === 'ended' || what === 'refused') stands.resolve(false);
      if (what === 'left') ended.resolve('window closed');
    },
  });
  stack.defer(face.stop);
  const kept = stack.move();
  return { stands: stands.promise, ended: ended.promise, trayChanged: beside.trayChanged, close: () => kept.disposeAsync() };
}

const addressIn = (folder: string, name: string): string => (process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replace(/^.*\\/, '')}-${name}` : join(folder, `${name}.sock`));
