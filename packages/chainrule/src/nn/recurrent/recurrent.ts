/**
 * Recurrent layers over [batch, time, features]: stacked, in one or both directions, with dropout in between. Parameters have
 * the names and shapes of PyTorch's `nn.RNN`, `nn.LSTM`, `nn.GRU` (with `batch_first`).
 */
import { IndexError } from '../../errors.ts'
import * as build from '../../graph/build.ts'
import type { DType } from '../../graph/dtype.ts'
import type { Node } from '../../graph/node.ts'
import { needCount, refuse, refuseDType, refuseOption } from '../../graph/refuse.ts'
import { range, sameShape, show } from '../../graph/shape.ts'
import { sliceAlong } from '../../tensor/ops/movement.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { whenKnown } from '../../tensor/runtime.ts'
import { tensor } from '../../tensor/tensor.ts'
import { dropoutNode } from '../dropout.ts'
import { uniform } from '../init/uniform.ts'
import { LayerModule } from '../layer.ts'
import { checkOptions } from '../options.ts'
import { type AnyTensor, type AnyVariable, type DrawOptions, variable, wrap } from '../tensors.ts'
import type { Cell } from './cells.ts'
import { type CellWeights, unroll } from './unroll.ts'

export interface RecurrentOptions<Bi extends boolean = boolean> extends DrawOptions {
  /** Layers, each on the outputs of the one before; 1 unless given. */
  readonly layers?: number
  /** A second set of layers that reads from the end; outputs are put side by side. */
  readonly bidirectional?: Bi
  /** Probability with which outputs of all layers but the last are dropped in training; 0 unless given. */
  readonly dropout?: number
  /** Adds b_ih and b_hh; the default. */
  readonly bias?: boolean
}
export interface RunOptions<State = Readonly<Record<string, AnyTensor>>> {
  /** The state to start from, each tensor [layers · directions, B, H]; zeros unless given. */
  readonly state?: State | undefined
  /** How many steps each sequence has, 1 … T; all T unless given. What lies behind has no effect, and its output is zero. */
  readonly lengths?: readonly number[] | AnyTensor | undefined
}

export class RecurrentModule extends LayerModule {
  readonly kind: string
  readonly inputFeatures: number
  readonly hiddenFeatures: number
  readonly layers: number
  readonly directions: 1 | 2
  readonly dropout: number
  readonly #cell: Cell
  readonly #draws: DrawOptions
  /** Names of each layer's parameters, direction by direction. */
  readonly #names: readonly (readonly string[])[]

  constructor(cell: Cell, inputFeatures: number, hiddenFeatures: number, options: RecurrentOptions = {}) {
    super()
    this.kind = cell.kind
    checkOptions(cell.kind, options, { layers: true, bidirectional: true, dropout: true, bias: true, generator: true })
    const { layers = 1, bidirectional = false, dropout = 0, bias = true, ...draws } = options
    this.inputFeatures = needCount(cell.kind, 'inputFeatures', inputFeatures)
    this.hiddenFeatures = needCount(cell.kind, 'hiddenFeatures', hiddenFeatures)
    this.layers = needCount(cell.kind, 'layers', layers)
    if (!(dropout >= 0 && dropout < 1))
      refuseOption(cell.kind, 'dropout', `the probability must be in [0, 1), got ${dropout}`)
    if (dropout > 0 && layers === 1)
      refuseOption(cell.kind, 'dropout', 'dropout is between layers, and there is one; use layers: 2, or nn.dropout')
    this.directions = bidirectional ? 2 : 1
    this.dropout = dropout
    this.#cell = cell
    this.#draws = draws
    const bound = 1 / Math.sqrt(hiddenFeatures)
    const rows = cell.gates * hiddenFeatures
    this.#names = range(layers * this.directions).map(place => {
      const layer = Math.floor(place / this.directions)
      const columns = layer === 0 ? inputFeatures : this.directions * hiddenFeatures
      const suffix = `l${layer}${place % this.directions === 1 ? '_reverse' : ''}`
      const shapes = {
        [`weight_ih_${suffix}`]: [rows, columns],
        [`weight_hh_${suffix}`]: [rows, hiddenFeatures],
        ...(bias ? { [`bias_ih_${suffix}`]: [rows], [`bias_hh_${suffix}`]: [rows] } : {}),
      }
      for (const [name, shape] of Object.entries(shapes))
        Object.assign(this, { [name]: variable(uniform(-bound, bound)(shape)) })
      return Object.keys(shapes)
    })
  }

  forward(x: AnyTensor): AnyTensor {
    return this.run(x).output
  }

  run(x: AnyTensor, options: RunOptions = {}): { output: AnyTensor; state: Record<string, AnyTensor> } {
    checkOptions(this.kind, options, { state: true, lengths: true })
    const { shape } = x.node
    if (shape.length !== 3 || shape[2] !== this.inputFeatures)
      refuse(this.kind, [shape], `expected [batch, time, ${this.inputFeatures}], got ${show(shape)}`)
    if (shape[1] === 0) refuse(this.kind, [shape], `needs at least one step, got ${show(shape)}`)
    const lengths = this.#lengths(shape, options.lengths)
    let layerInput = asFloat(x.node)
    const starts = this.#starts(shape[0]!, layerInput.dtype, options.state)
    const ends: (readonly Node[])[] = []
    for (const layer of range(this.layers)) {
      if (layer > 0 && this.training && this.dropout > 0)
        layerInput = dropoutNode(layerInput, this.dropout, this.#draws)
      const outputs = range(this.directions).map(direction => {
        const place = layer * this.directions + direction
        const weights = this.#weights(place)
        const { output, state } = unroll(this.#cell, layerInput, weights, starts[place]!, lengths, direction === 1)
        ends.push(state)
        return output
      })
      layerInput = build.concat(outputs, 2)
    }
    const stacked = this.#cell.state.map((name, i) => {
      const all = ends.map(state => build.reshape(state[i]!, [1, ...state[i]!.shape]))
      return [name, wrap(build.concat(all, 0))]
    })
    return { output: wrap(layerInput), state: Object.fromEntries(stacked) }
  }

  #weights(place: number): CellWeights {
    const [input, hidden, ...biases] = this.#names[place]!.map(
      name => (this as unknown as Record<string, AnyVariable>)[name]!.node,
    ) as [Node, Node, Node?, Node?]
    const [forInput, forHidden] = biases
    return { input, hidden, biases: forInput && forHidden ? [forInput, forHidden] : undefined }
  }

  /** The state before the first step for every layer and direction. */
  #starts(batch: number, dtype: DType, given: RunOptions['state']): (readonly Node[])[] {
    const shape = [this.layers * this.directions, batch, this.hiddenFeatures]
    const parts = this.#cell.state.map(name => {
      const part = given?.[name]
      if (given && !part)
        refuse(this.kind, [], `the state has no ${name}; it is { ${this.#cell.state.join(', ')} }, as run() gives it`)
      if (part && !sameShape(part.shape, shape))
        refuse(this.kind, [part.shape], `the state's ${name} must be ${show(shape)}, got ${show(part.shape)}`)
      return part ? build.cast(part.node, dtype) : build.full(shape, 0, dtype)
    })
    return range(shape[0]!).map(place =>
      parts.map(part => build.reshape(sliceAlong(part, 0, place, place + 1), shape.slice(1))),
    )
  }

  #lengths(shape: readonly number[], given: RunOptions['lengths']): Node | undefined {
    if (given === undefined) return undefined
    const lengths = ('node' in given ? given : tensor(Int32Array.from(given))).node
    const [batch, steps] = shape as [number, number]
    if (lengths.dtype !== 'int32')
      refuseDType(this.kind, [lengths.dtype], `lengths must be int32, got ${lengths.dtype}; use toInt()`)
    if (!sameShape(lengths.shape, [batch]))
      refuse(
        this.kind,
        [shape, lengths.shape],
        `${batch} sequences need lengths [${batch}], got ${show(lengths.shape)}`,
      )
    whenKnown(lengths, values => {
      for (const length of values)
        if (!(length >= 1 && length <= steps))
          throw new IndexError(
            this.kind,
            length,
            steps,
            `${this.kind}: length ${length} is outside 1 … ${steps}, the steps there are`,
          )
    })
    return lengths
  }

  protected override arguments(): string {
    return [
      `${this.inputFeatures}, ${this.hiddenFeatures}`,
      ...(this.layers > 1 ? [`layers ${this.layers}`] : []),
      ...(this.directions > 1 ? ['bidirectional'] : []),
      ...(this.dropout > 0 ? [`dropout ${this.dropout}`] : []),
    ].join(', ')
  }
}
