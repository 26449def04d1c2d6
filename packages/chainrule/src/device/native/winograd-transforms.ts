/** The transforms of minimal filtering (`compile/minimal-filtering.ts`) as C. */
import { filter, image, type Matrix, output } from '../../compile/minimal-filtering.ts'
import { range } from '../../graph/shape.ts'

const transposed = (x: Matrix): Matrix => x[0]!.map((_, j) => x.map(row => row[j]!))

/** What X becomes as T X Tᵀ. */
export const transforms = {
  image,
  /** Taps to 4×4, and a gradient of 4×4 back to taps. */
  filter,
  taps: transposed(filter),
  /** 4×4 to 2×2 outputs, and gradients of outputs back. */
  output,
  spread: transposed(output),
} as const satisfies Record<string, Matrix>
export type Transform = keyof typeof transforms

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
