/** The face's place and its display's pixels per millimetre come in; what the style needs to know of them goes out, as properties and attributes of the root. */

/** Text this many times its usual size counts as large. */
const large = 1.5;
/** Four keys, their gaps, header and footer want this many millimetres of height. */
const roomy = 150;

/** Keeps `--given-mm`, `--text` and the attributes `data-guessed`, `data-large` and `data-low` true whenever the face changes size. */
export function fitTo(root: HTMLElement, mm: number | undefined): void {
  const fit = (): void => {
    const text = parseFloat(getComputedStyle(root.ownerDocument.documentElement).fontSize) / 16 || 1;
    if (mm !== undefined) root.style.setProperty('--given-mm', `${mm}px`);
    root.style.setProperty('--text', String(text));
    root.toggleAttribute('data-guessed', mm === undefined);
    root.toggleAttribute('data-large', text >= large);
    root.toggleAttribute('data-low', mm === undefined || root.clientHeight < mm * roomy);
  };
  new ResizeObserver(fit).observe(root);
  fit();
}
