/** Points at which a function of two variables is asked for its picture. */

/** The middles of n × n cells over a square, as rows (x, y), the lowest y first: what a heatmap's function is asked for. */
export function gridPoints(n: number, x: readonly [number, number], y: readonly [number, number]): Float32Array {
  const points = new Float32Array(2 * n * n)
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) {
      points[2 * (row * n + column)] = x[0] + ((column + 0.5) / n) * (x[1] - x[0])
      points[2 * (row * n + column) + 1] = y[0] + ((row + 0.5) / n) * (y[1] - y[0])
    }
  return points
}
