/** A tone's name and the hour come in; one short sound goes out, or none. Never a burst or a chord: those are alarms in a ward. */

/** Hertz and seconds. */
const tones = { accepted: { pitch: 1500, lasts: 0.12 }, refused: { pitch: 300, lasts: 0.25 } } as const;
const volumes = { day: 0.22, low: 0.05, off: 0 } as const;
const edge = 0.012;

export type Tone = keyof typeof tones;
export type Sounds = { readonly play: (tone: Tone, volume: keyof typeof volumes) => void; readonly wake: () => void };

/** Tones by Web Audio. A browser may keep them silent until the first touch: `wake` is called at each, and a tone that comes before is dropped, never late. */
export function sounds(): Sounds {
  let context: AudioContext | null = null;
  const wake = (): void => {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume();
  };
  const play = (tone: Tone, volume: keyof typeof volumes): void => {
    const loud = volumes[volume];
    if (loud === 0) return;
    wake();
    if (context === null || context.state !== 'running') return;
    const { pitch, lasts } = tones[tone];
    const from = context.currentTime;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = pitch;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(loud, from + edge);
    gain.gain.setValueAtTime(loud, from + lasts - edge);
    gain.gain.linearRampToValueAtTime(0, from + lasts);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(from);
    oscillator.stop(from + lasts);
  };
  return { play, wake };
}
