/** A limit in milliseconds comes in; that somebody has been silent for longer goes out, once. */
export type Silence = {
  /** A sign of life. */
  readonly broken: () => void;
  readonly over: () => void;
};

/** What is read between the limit and this much later was said in time. */
const doubtful = 100;

/** Two steps: after this process itself was stopped for a while, signs of life lie in the pipe that have not been read yet. */
export function watchSilence(limit: number, silent: () => void): Silence {
  let doubt: NodeJS.Timeout | undefined;
  const late = setTimeout(() => (doubt = setTimeout(silent, doubtful)), limit);
  return {
    broken: () => {
      clearTimeout(doubt);
      late.refresh();
    },
    over: () => {
      clearTimeout(late);
      clearTimeout(doubt);
    },
  };
}
