/** PNG pictures come in; what an eye would say of them goes out: how bright, how different, where transparent. Decoded by Chromium itself. */
import type { Page } from 'playwright-core';

export type Pixels = {
  /** Mean relative luminance (WCAG 2.2), 0 to 1. */
  readonly luminance: (png: Buffer) => Promise<number>;
  /** Share of pixels, 0 to 1, that differ by more than `tolerance` (of 255) in some channel; 1 for another size. */
  readonly difference: (a: Buffer, b: Buffer, tolerance: number) => Promise<number>;
  /** The smallest and the largest alpha, 0 to 255. */
  readonly alpha: (png: Buffer) => Promise<readonly [least: number, most: number]>;
};

/** Uses a blank page of the browser as its eye. */
export function pixelsOf(page: Page): Pixels {
  const base64 = (png: Buffer): string => png.toString('base64');
  const install = page.evaluate(() => {
    const decode = async (png: string): Promise<ImageData> => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
      canvas.drawImage(image, 0, 0);
      return canvas.getImageData(0, 0, image.width, image.height);
    };
    Object.assign(window, { decode });
  });
  type Eye = { decode: (png: string) => Promise<ImageData> };
  return {
    luminance: async (png) => {
      await install;
      return page.evaluate(async (b) => {
        const { data } = await (window as unknown as Eye).decode(b);
        const linear = Array.from({ length: 256 }, (_, c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
        let sum = 0;
        for (let at = 0; at < data.length; at += 4)
          sum += 0.2126 * (linear[data[at] ?? 0] ?? 0) + 0.7152 * (linear[data[at + 1] ?? 0] ?? 0) + 0.0722 * (linear[data[at + 2] ?? 0] ?? 0);
        return sum / (data.length / 4);
      }, base64(png));
    },
    difference: async (a, b, tolerance) => {
      await install;
      return page.evaluate(
        async ([p, q, most]) => {
          const [one, two] = await Promise.all([p, q].map((png) => (window as unknown as Eye).decode(png)));
          if (one === undefined || two === undefined || one.width !== two.width || one.height !== two.height) return 1;
          let different = 0;
          for (let at = 0; at < one.data.length; at += 4) {
            if ([0, 1, 2].some((c) => Math.abs((one.data[at + c] ?? 0) - (two.data[at + c] ?? 0)) > most)) different += 1;
          }
          return different / (one.data.length / 4);
        },
        [base64(a), base64(b), tolerance] as const,
      );
    },
    alpha: async (png) => {
      await install;
      return page.evaluate(async (b) => {
        const { data } = await (window as unknown as Eye).decode(b);
        let [least, most] = [255, 0];
        for (let at = 3; at < data.length; at += 4) [least, most] = [Math.min(least, data[at] ?? 0), Math.max(most, data[at] ?? 0)];
        return [least, most] as const;
      }, base64(png));
    },
  };
}
