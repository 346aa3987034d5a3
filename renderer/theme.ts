/** The site's wish and the hour come in; day or night goes out, and where a night's picture has drifted to. */

const nightFrom = 20;
const nightUntil = 7;

/** `auto` is night from 20 to 7 by the station's wall clock, and whenever the system asks for dark. `wall`: milliseconds of Unix time, null before the first frame. */
export function themeAt(wish: 'day' | 'night' | 'auto', wall: number | null, dark: boolean): 'day' | 'night' {
  if (wish !== 'auto') return wish;
  if (dark || wall === null) return 'night';
  const hour = new Date(wall).getHours();
  return hour >= nightFrom || hour < nightUntil ? 'night' : 'day';
}

/** Pixels to the side and down, against burn-in: a slow round trip of ±12 by ±8 px in 12 minutes, at most 10 px in any one. */
export function driftAt(wall: number): readonly [x: number, y: number] {
  const turn = (2 * Math.PI * (wall % 720_000)) / 720_000;
  return [Math.round(12 * Math.sin(turn)), Math.round(8 * Math.sin(2 * turn))];
}
