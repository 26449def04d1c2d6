/**
 * One hidden layer approximates continuous functions on an interval as well as you like, with enough units (Cybenko 1989, Hornik 1991,
 * Leshno et al. 1993: any activation but a polynomial). Error against the number of units, 32 beginnings at once; what the theorem
 * does not promise is shown too: that training finds it, that jumps are covered, that a polynomial activation would do.
 */
import { compile, grad, optim, random, type Tensor, tensor, variable } from 'chainrule'

const seeds = 32
const points = 64
const steps = 1500
const grid = (n: number) => Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1))
const column = (values: number[]) => tensor(values).reshape([values.length, 1])

type Activation = 'tanh' | 'relu' | 'square'

/** The largest error for each seed, on a grid 16 times as fine as the one learned from; smallest first. */
async function errors(f: (x: number) => number, units: number, activation: Activation): Promise<number[]> {
  random.seed(units)
  // hinges and bends spread over the interval: slope ±4, thresholds within it
  const w1 = variable(random.normal([seeds, 1, units], { std: 4 }))
  const b1 = variable(random.normal([seeds, 1, units], { std: 2 }))
  const w2 = variable(random.normal([seeds, units, 1], { std: 1 / Math.sqrt(units) }))
  const b2 = variable(random.normal([seeds, 1, 1], { std: 0.1 }))
  const parameters = [w1, b1, w2, b2]
  const optimizer = optim.adam({ learningRate: 0.02 }, parameters as never)
  const miss = (xs: number[]) => {
    const y = column(xs).matmul(w1).add(b1)[activation]().matmul(w2).add(b2)
    return y.sub(column(xs.map(f))) as Tensor // [seeds, points, 1]
  }
  const learned = grid(points)
  const step = compile(() => {
    const loss = miss(learned).square().mean([1, 2]).sum()
    optimizer.step(grad(loss, parameters) as never)
    return loss
  })
  for (let i = 0; i < steps; i++) {
    if (i === (steps * 2) / 3) optimizer.learningRate = 0.002
    step()
  }
  const largest = await (
    miss(grid(16 * points))
      .abs()
      .max([1, 2]) as Tensor
  ).data()
  return [...largest].sort((a, b) => a - b)
}

async function report(title: string, f: (x: number) => number, sizes: readonly number[], activation: Activation) {
  console.log(title)
  for (const units of sizes) {
    const sorted = await errors(f, units, activation)
    const good = sorted.filter(e => e < 0.1).length / seeds
    console.log(
      `  ${units} units: largest error ${sorted[0]!.toFixed(3)} at best, ${sorted[seeds / 2]!.toFixed(3)} in the middle; ` +
        `below 0.1 in ${(100 * good).toFixed(0)} % of ${seeds} seeds`,
    )
  }
}

const wave = (t: number) => Math.sin(Math.PI * t) + 0.5 * Math.sin(3 * Math.PI * t)
await report('sin πx + ½ sin 3πx on [−1, 1], tanh units', wave, [1, 2, 4, 8, 16, 32], 'tanh')
await report(
  'a jump from −1 to 1 is not continuous: no error below half of it',
  t => (t < 0.013 ? -1 : 1),
  [32],
  'relu',
)
await report('a polynomial activation (x²) stays a parabola, however many units', wave, [8, 32], 'square')
