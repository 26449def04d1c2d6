/**
 * Minimal filtering F(2×2, 3×3): four outputs of a 3×3 convolution from 16 multiplications instead of 36 (S. Winograd, "Arithmetic
 * Complexity of Computations", 1980; A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, section 4.1):
 *
 *   Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A,   dg = Gᵀ [(A dY Aᵀ) ⊙ (Bᵀ d B)] G
 *
 * The elementwise products, summed over channels (or over tiles, for dg), are 16 matrix products.
 */
import { range } from '../../graph/shape.ts'

type Matrix = readonly (readonly number[])[]
const transposed = (x: Matrix): Matrix => x[0]!.map((_, j) => x.map(row => row[j]!))

const filter: Matrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
]
const output: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
]
/** What X becomes as T X Tᵀ. */
export const transforms = {
  /** A tile of the image, 4×4. */
  image: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  /** Taps to 4×4, and a gradient of 4×4 back to taps. */
  filter,
  taps: transposed(filter),
  /** 4×4 to 2×2 outputs, and gradients of outputs back. */
  output,
  spread: transposed(output),
} as const satisfies Record<string, Matrix>
export type Transform = keyof typeof transforms

/** Numbers of a transformed tile. */
export const points = 16

/** Σ coefficient · term, terms of equal magnitude together. */
function combination(coefficients: readonly number[], terms: readonly string[]): string {
  const sumOf = (magnitude: number): string => {
    const used = coefficients.flatMap((x, i) => (Math.abs(x) === magnitude ? [{ x, term: terms[i]! }] : []))
    // a positive term first: no negation
    const ordered = [...used.filter(u => u.x > 0), ...used.filter(u => u.x < 0)]
    return ordered.map(({ x, term }, i) => `${x < 0 ? '- ' : i === 0 ? '' : '+ '}${term}`).join(' ')
  }
  const magnitudes = [...new Set(coefficients.map(Math.abs))].filter(x => x > 0).sort((x, y) => y - x)
  return magnitudes.map(x => (x === 1 ? sumOf(x) : `${x}f * (${sumOf(x)})`)).join(' + ')
}

/** C statements for T X Tᵀ: `load` gives the vector at a row and column of X, `store` takes one of the result. */
export function transform(
  kind: Transform,
  load: (row: number, column: number) => string,
  store: (row: number, column: number, value: string) => string,
): string {
  const t: Matrix = transforms[kind]
  const [rows, inner] = [range(t.length), range(t[0]!.length)]
  let code = inner.map(i => inner.map(j => `const V x${i}${j} = ${load(i, j)};`).join(' ')).join('\n')
  for (const i of rows)
    for (const j of inner)
      code += `const V y${i}${j} = ${combination(
        t[i]!,
        inner.map(k => `x${k}${j}`),
      )};\n`
  for (const i of rows)
    for (const j of rows)
      code += `${store(
        i,
        j,
        combination(
          t[j]!,
          inner.map(k => `y${i}${k}`),
        ),
      )}\n`
  return `{\n${code}}\n`
}
