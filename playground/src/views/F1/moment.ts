/** What a training looks like at one step: parameters, the batch that comes next and its gradient, scores, the plane of points. */
import { compile, grad, type Tensor, tensor } from 'chainrule'
import { gridPoints } from '../../frame/grid.ts'
import { cells, type Rows, small, span } from './data.ts'
import { type Batch, lossOf, probabilities } from './network.ts'
import type { Setup } from './setup.ts'
import { type Layer, type Training, tensorsOf } from './training.ts'

/** How many of each class were taken for which. */
export interface Scores {
  readonly loss: number
  readonly accuracy: number
  /** Rows are the true class, columns the network's. */
  readonly confusion: readonly (readonly number[])[]
  readonly count: number
  /** The first that were taken for something else, where examples are pictures. */
  readonly wrong: readonly { readonly input: Float32Array; readonly label: number; readonly says: number }[]
}
export interface Moment {
  readonly step: number
  readonly epoch: number
  /** Steps in an epoch. */
  readonly batches: number
  readonly layers: readonly Layer[]
  /** ∂J/∂ each parameter, of the batch of the coming step. */
  readonly gradients: readonly Layer[]
  /** Parameters after the coming step, where they were asked for and the step can be done. */
  readonly updated: readonly Layer[] | undefined
  /**
   * What was asked for, else the first of that batch, with what every layer makes of it, inputs first; the outputs are logits z. It
   * has no label when it is nobody's example.
   */
  readonly sample: {
    readonly label: number | undefined
    readonly activations: readonly (readonly number[])[]
    /** Of class 1 for one output, else of each class. */
    readonly probabilities: readonly number[]
  }
  readonly batchSize: number
  /** Of the batch of the coming step, without and with the penalty. */
  readonly loss: number
  readonly total: number
  /** Batch losses of the steps so far, thinned to a few hundred; step and loss. */
  readonly losses: readonly (readonly [step: number, loss: number])[]
  readonly train: Scores
  readonly test: Scores | undefined
  /** σ(z) over the board, the lowest row first. */
  readonly surface: Float32Array | undefined
  /** The same for each hidden unit's activation; none where inputs are no points of a plane. */
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

const mostWrong = 12

async function scoresOf(setup: Setup, score: Views[1], examples: Rows): Promise<Scores> {
  const { x, y } = tensorsOf(setup, examples)
  const [z, loss] = score(x, y)
  const [values, value] = await Promise.all([z!.data(), (loss as Tensor<[]>).item()])
  const says = rows(values, setup.outputs).map(z => (z.length === 1 ? Number(z[0]! > 0) : z.indexOf(Math.max(...z))))
  const classes = Math.max(2, setup.outputs)
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (const [i, label] of examples.labels.entries()) confusion[label]![says[i]!]!++
  const right = confusion.reduce((sum, row, label) => sum + row[label]!, 0)
  const wrong = says
    .flatMap((s, i) => (s === examples.labels[i] || setup.inputs === 2 ? [] : [i]))
    .slice(0, mostWrong)
    .map(i => ({
      input: examples.x.slice(i * setup.inputs, (i + 1) * setup.inputs),
      label: examples.labels[i]!,
      says: says[i]!,
    }))
  return {
    loss: value,
    accuracy: right / says.length,
    confusion,
    count: says.length,
    wrong,
  }
}
/** What a reader looks at beside the training itself. */
export interface Look {
  /** What the network is shown in place of the first example of the batch. */
  readonly input?: Float32Array
  /** The parameters after the coming step. */
  readonly update?: boolean
}

export async function momentOf(training: Training, { input, update = false }: Look = {}): Promise<Moment> {
  const { settings, step, batches } = training
  const plane = settings.inputs === 2
  const [values, score, slope] = viewsOf(training)
  const next = await training.batch(step)
  const board = plane ? values(tensor(grid, { shape: [cells * cells, 2] }) as Batch) : []
  const shown = input ? (tensor(input, { shape: [1, settings.inputs] }) as Batch) : next.x
  const inside = values(shown)
  const [data, total, ...slopes] = slope(next.x, next.y)
  const [flat, gradients, maps, activations, xs, targets, likely, loss, all, train, test] = await Promise.all([
    Promise.all(training.parameters.map(p => p.data())),
    Promise.all(slopes.map(g => g.data())),
    Promise.all(board.map(m => m.data())),
    Promise.all(inside.map(a => a.data())),
    shown.data(),
    next.y.data(),
    probabilities(inside.at(-1)!).data(),
    (data as Tensor<[]>).item(),
    (total as Tensor<[]>).item(),
    scoresOf(settings, score, settings.train),
    settings.test.labels.length > 0 ? scoresOf(settings, score, settings.test) : undefined,
  ])
  const layers = layersFrom(flat)
  const stride = cells / small
  const unitMap = (map: ArrayLike<number>, unit: number, width: number): Float32Array =>
    Float32Array.from({ length: small * small }, (_, i) => {
      const [r, c] = [Math.floor(i / small), i % small]
      return map[((r * stride + stride / 2) * cells + c * stride + stride / 2) * width + unit]!
    })
  const thin = Math.max(1, Math.ceil(step / 400))
  const target = Array.from(targets).slice(0, settings.outputs)
  const { divergence } = training
  const broken = training.broken !== undefined && step >= training.broken - 1
  const losses = Array.from(
    { length: Math.ceil(step / thin) },
    (_, i) => [i * thin, training.losses[i * thin]!] as const,
  )
  return {
    step,
    epoch: Math.floor(step / batches),
    batches,
    layers,
    gradients: layersFrom(gradients),
    updated: update && !broken ? await after(training) : undefined,
    sample: {
      label: input ? undefined : target.length === 1 ? target[0]! : target.indexOf(1),
      probabilities: Array.from(likely).slice(0, settings.outputs),
      activations: [
        Array.from(xs).slice(0, settings.inputs),
        ...activations.map((a, l) => Array.from(a).slice(0, layers[l]!.b.length)),
      ],
    },
    batchSize: targets.length / settings.outputs,
    loss,
    total: all,
    losses,
    train,
    test,
    surface: plane ? Float32Array.from(maps.at(-1)!, z => 1 / (1 + Math.exp(-z))) : undefined,
    units: maps.slice(0, -1).map((map, l) => layers[l]!.b.map((_, unit) => unitMap(map, unit, layers[l]!.b.length))),
    divergence,
    broken,
  }
}
/** The parameters one step later; undefined when that step cannot be done. */
async function after(training: Training): Promise<readonly Layer[] | undefined> {
  const wanted = training.step + 1
  await training.go(wanted)
  return training.step === wanted
    ? layersFrom(await Promise.all(training.parameters.map(p => p.data() as Promise<Float32Array>)))
    : undefined
}
