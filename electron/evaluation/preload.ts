/** The evaluation's preload script: nothing comes in, the page gets its Bridge and, beside it, the tray of virtual badges. Never part of a package. */
import { contextBridge, ipcRenderer } from 'electron';
import { channels } from '../channels.ts';
import { exposeBridge } from '../expose.ts';
import { readDeed } from './deeds.ts';

exposeBridge();

contextBridge.exposeInMainWorld('tapwardTray', {
  onTray: (changed: (state: unknown) => void) => void ipcRenderer.on(channels.extension, (_event, state: unknown) => changed(state)),
  tray: (said: unknown) => {
    const deed = readDeed(said);
    if (deed !== null) ipcRenderer.send(channels.extension, deed);
  },
});
