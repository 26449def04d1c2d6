/** Numbers as people read them. */

/** Four significant digits with a true minus; whole numbers in full up to a million. */
export function show(x: number, digits = 4): string {
  if (Number.isNaN(x)) return 'NaN'
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞'
  const size = Math.abs(x)
  const text =
    (Number.isInteger(x) && size < 1e6) || x === 0
      ? String(size)
      : size >= 1e-4 && size < 1e6
        ? size.toPrecision(digits).replace(/\.0+$|(\.\d*[1-9])0+$/, '$1')
        : size
            .toExponential(digits - 1)
            .replace(/\.?0+e/, 'e')
            .replace('e-', 'e−')
            .replace('e+', 'e')
  return x < 0 ? `−${text}` : text
}
/** As many decimals as a step has: 0.05 → 2. */
export function fixed(x: number, step: number): string {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const exact = Number(x.toPrecision(9))
  const text = Math.abs(exact).toFixed(decimals)
  // what was typed with more decimals is shown with them
  const full = Number(text) === Math.abs(exact) ? text : String(Math.abs(exact))
  return x < 0 && Number(full) !== 0 ? `−${full}` : full
}
/** Whether `show` had to round. */
export const rounded = (x: number, digits = 4): boolean =>
  Number(show(x, digits).replace('−', '-').replace('e−', 'e-')) !== x
/** In parentheses when negative, as in a product. */
export const factor = (x: number, digits = 4): string => (x < 0 ? `(${show(x, digits)})` : show(x, digits))
/** A whole number in groups of three: 14 400 000 000. */
export const grouped = (x: number): string => String(x).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')
