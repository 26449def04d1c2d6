/**
 * Is there z ≥ 0 with A z = b? The first phase of the simplex method with Bland's rule (1977), which cannot cycle, on an integer
 * tableau (Edmonds 1967: after each pivot everything divides by the pivot before), so that nothing is rounded. Either such a z, or
 * a proof that there is none (Farkas 1902): y with y·A ≤ 0 in every column and y·b > 0.
 */

export type Feasibility =
  /** z[j] / denominator. */
  | { readonly feasible: true; readonly solution: readonly bigint[]; readonly denominator: bigint }
  /** Up to a positive factor. */
  | { readonly feasible: false; readonly proof: readonly bigint[] }

/** @param rows of A; every member of `b` must be ≥ 0 */
export function feasibility(rows: readonly (readonly bigint[])[], b: readonly bigint[]): Feasibility {
  const m = rows.length
  const n = rows[0]!.length
  // columns: z, one artificial variable for each row, the right side
  const table = rows.map((row, i) => [...row, ...rows.map((_, k) => (k === i ? 1n : 0n)), b[i]!])
  // the sum of the artificial variables in terms of z: reduced costs, and minus its present value
  const cost = table[0]!.map((_, j) => (j >= n && j < n + m ? 0n : -table.reduce((sum, row) => sum + row[j]!, 0n)))
  const basis = rows.map((_, i) => n + i)
  let scale = 1n

  for (;;) {
    const entering = cost.findIndex((c, j) => j < n && c < 0n)
    if (entering < 0) break
    let leaving = -1
    for (let i = 0; i < m; i++) {
      const step = table[i]![entering]!
      if (step <= 0n) continue
      const best = table[leaving]
      const compared = best ? table[i]!.at(-1)! * best[entering]! - best.at(-1)! * step : -1n
      if (compared < 0n || (compared === 0n && basis[i]! < basis[leaving]!)) leaving = i
    }
    if (leaving < 0) break // cannot be: the sum of artificial variables is bounded below
    const pivotRow = table[leaving]!
    const pivot = pivotRow[entering]!
    for (const row of [...table, cost]) {
      if (row === pivotRow) continue
      const factor = row[entering]!
      for (let j = 0; j < row.length; j++) row[j] = (row[j]! * pivot - factor * pivotRow[j]!) / scale
    }
    scale = pivot
    basis[leaving] = entering
  }

  // cost of artificial k is scale·(1 − y_k)
  if (cost.at(-1)! < 0n) return { feasible: false, proof: rows.map((_, k) => scale - cost[n + k]!) }
  const solution = new Array<bigint>(n).fill(0n)
  basis.forEach((j, i) => {
    if (j < n) solution[j] = table[i]!.at(-1)!
  })
  return { feasible: true, solution, denominator: scale }
}
