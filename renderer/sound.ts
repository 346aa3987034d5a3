/** A tone's name and the hour come in; one short sound goes out, or none. Never a burst or a chord: those are alarms in a ward. */

/** Hertz and seconds. */
const tones = { accepted: { pitch: 1500, lasts: 0.12 }, refused: { pitch: 300, lasts: 0.25 } } as const;
const volumes = { day: 0.22, low: 0.05, off: 0 } as const;
/** Seconds of fading in and out, so that nothing clicks. */
const edge = 0.012;

export type Tone = keyof typeof tones;
export type Sounds = { readonly play: (tone: Tone, volume: keyof typeof volumes) => void; readonly wake: () => Promise<void> };

/** A browser that first has to be woken may take this long in milliseconds; a tone that would come later is dropped. */
const soonEnough = 150;
/** Milliseconds without touch or tone after which the sound device is let go: held, it costs more than the rest of a waiting face. */
const restAfter = 5_000;

/** Tones by Web Audio. Where a browser keeps silent until the first touch, `wake` is called at each. */
export function sounds(): Sounds {
  let context: AudioContext | null = null;
  let rest: ReturnType<typeof setTimeout> | undefined;

  function wake(): Promise<void> {
    context ??= new AudioContext();
    clearTimeout(rest);
    rest = setTimeout(() => void context?.suspend(), restAfter);
    return context.state === 'running' ? Promise.resolve() : context.resume();
  }

  function play(tone: Tone, volume: keyof typeof volumes): void {
    const loud = volumes[volume];
    if (loud === 0) return;
    const asked = performance.now();
    void wake().then(() => {
      if (context !== null && performance.now() - asked < soonEnough) ring(context, tones[tone], loud);
    });
  }

  return { play, wake };
}

function ring(context: AudioContext, { pitch, lasts }: (typeof tones)[Tone], loud: number): void {
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
}
