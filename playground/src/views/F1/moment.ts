/** What a training looks like at one step: parameters, the batch that comes next and its gradient, scores, the plane. */
import { compile, grad, type Tensor, tensor } from 'chainrule'
import { gridPoints } from '../../frame/grid.ts'
import { cells, type Point, small, span } from './data.ts'
import { type Batch, lossOf } from './network.ts'
import { type Layer, type Training, tensorsOf } from './training.ts'

/** How many points of class 0 and 1 were taken for which. */
export interface Scores {
  readonly loss: number
  readonly accuracy: number
  /** Rows are the true class, columns the network's. */
  readonly confusion: readonly (readonly number[])[]
}
export interface Moment {
  readonly step: number
  readonly epoch: number
  /** Steps in an epoch. */
  readonly batches: number
  readonly layers: readonly Layer[]
  /** ∂J/∂ each parameter, of the batch of the coming step. */
  readonly gradients: readonly Layer[]
  /** The first point of that batch with what every layer makes of it, inputs first; the output is the logit z. */
  readonly sample: { readonly label: number; readonly activations: readonly (readonly number[])[] }
  readonly batchSize: number
  /** Of the batch of the coming step, without and with the penalty. */
  readonly loss: number
  readonly total: number
  /** Batch losses of the steps so far, thinned to a few hundred; step and loss. */
  readonly losses: readonly (readonly [step: number, loss: number])[]
  readonly train: Scores
  readonly test: Scores | undefined
  /** σ(z) over the board, the lowest row first. */
  readonly surface: Float32Array
  /** The same for each hidden unit's activation. */
  readonly units: readonly (readonly Float32Array[])[]
  readonly divergence: string | undefined
  /** The training cannot go on. */
  readonly broken: boolean
}
const grid = gridPoints(cells, span, span)
type Views = readonly [
  values: (x: Batch) => Batch[],
  score: (x: Batch, y: Batch) => Tensor[],
  slope: (x: Batch, y: Batch) => Tensor[],
]
const compiled = new WeakMap<Training, Views>()

function viewsOf(training: Training): Views {
  const known = compiled.get(training)
  if (known) return known
  const { network, settings, weights, parameters } = training
  const views: Views = [
    compile((x: Batch) => {
      // activations of the hidden layers, then the logit
      const all: Batch[] = []
      let value = x
      const step = settings.act === 'identity' ? 1 : 2
      network.layers.forEach((layer, i) => {
        value = layer.forward(value)
        if (i % step === step - 1 || i === network.layers.length - 1) all.push(value)
      })
      return all
    }) as never,
    compile((x: Batch, y: Batch) => {
      const z = network.model.forward(x)
      return [z, lossOf(settings, z, y, weights).data]
    }) as never,
    compile((x: Batch, y: Batch) => {
      const { data, total } = lossOf(settings, network.model.forward(x), y, weights)
      return [data, total, ...(grad(total, parameters as never) as unknown as Tensor[])]
    }) as never,
  ]
  compiled.set(training, views)
  return views
}
const rows = (values: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, r) =>
    Array.from({ length: width }, (_, c) => values[r * width + c]!),
  )

/** Layers from their flat values: weight, bias, weight, bias, … */
const layersFrom = (flat: readonly ArrayLike<number>[]): Layer[] =>
  Array.from({ length: flat.length / 2 }, (_, l) => {
    const b = Array.from(flat[2 * l + 1]!)
    return { w: rows(flat[2 * l]!, flat[2 * l]!.length / b.length), b }
  })

async function scoresOf(score: Views[1], points: readonly Point[]): Promise<Scores> {
  const { x, y } = tensorsOf(points)
  const [z, loss] = score(x, y)
  const [values, value] = await Promise.all([z!.data(), (loss as Tensor<[]>).item()])
  const confusion = [[0, 0], [0, 0]] // biome-ignore format: a matrix
  for (const [i, { label }] of points.entries()) confusion[label]![values[i]! > 0 ? 1 : 0]!++
  return { loss: value, accuracy: (confusion[0]![0]! + confusion[1]![1]!) / points.length, confusion }
}

export async function momentOf(training: Training): Promise<Moment> {
  const { settings, step, batches } = training
  const [values, score, slope] = viewsOf(training)
  const next = await training.batch(step)
  const board = values(tensor(grid, { shape: [cells * cells, 2] }) as Batch)
  const inside = values(next.x)
  const [data, total, ...slopes] = slope(next.x, next.y)
  const [flat, gradients, maps, activations, xs, labels, loss, all, train, test] = await Promise.all([
    Promise.all(training.parameters.map(p => p.data())),
    Promise.all(slopes.map(g => g.data())),
    Promise.all(board.map(m => m.data())),
    Promise.all(inside.map(a => a.data())),
    next.x.data(),
    next.y.data(),
    (data as Tensor<[]>).item(),
    (total as Tensor<[]>).item(),
    scoresOf(score, settings.train),
    settings.test.length > 0 ? scoresOf(score, settings.test) : undefined,
  ])
  const layers = layersFrom(flat)
  const stride = cells / small
  const unitMap = (map: ArrayLike<number>, unit: number, width: number): Float32Array =>
    Float32Array.from({ length: small * small }, (_, i) => {
      const [r, c] = [Math.floor(i / small), i % small]
      return map[((r * stride + stride / 2) * cells + c * stride + stride / 2) * width + unit]!
    })
  const thin = Math.max(1, Math.ceil(step / 400))
  return {
    step,
    epoch: Math.floor(step / batches),
    batches,
    layers,
    gradients: layersFrom(gradients),
    sample: {
      label: labels[0]!,
      activations: [
        Array.from(xs).slice(0, 2),
        ...activations.map((a, l) => Array.from(a).slice(0, layers[l]!.b.length)),
      ],
    },
    batchSize: labels.length,
    loss,
    total: all,
    losses: Array.from({ length: Math.ceil(step / thin) }, (_, i) => [i * thin, training.losses[i * thin]!] as const),
    train,
    test,
    surface: Float32Array.from(maps.at(-1)!, z => 1 / (1 + Math.exp(-z))),
    units: maps.slice(0, -1).map((map, l) => layers[l]!.b.map((_, unit) => unitMap(map, unit, layers[l]!.b.length))),
    divergence: training.divergence,
    broken: training.broken !== undefined && step >= training.broken - 1,
  }
}
