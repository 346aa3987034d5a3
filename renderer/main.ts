/** The face alone: the bridge that its window was given comes in (Electron's preload, a test), the face starts on it. Without one it stays covered. */
import type { Bridge } from '../core/bridge.ts';
import { type FaceOptions, startFace } from './face.ts';

declare global {
  interface Window {
    readonly tapward?: Bridge & FaceOptions;
  }
}

// Electron lets any page close its window, unasked.
Object.defineProperty(window, 'close', { value: () => undefined });

const root = document.getElementById('face');
if (root !== null && window.tapward !== undefined) startFace(root, window.tapward, window.tapward);
