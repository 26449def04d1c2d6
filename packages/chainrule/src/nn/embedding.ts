/** A table of vectors looked up by index. PyTorch's `nn.Embedding`. */
import { IndexError } from '../errors.ts'
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { needCount, nodeOf, refuseDType, refuseOption } from '../graph/refuse.ts'
import { eq, where } from '../tensor/ops/elementwise.ts'
import { whenKnown } from '../tensor/runtime.ts'
import type { Initialiser } from './init/index.ts'
import { normal } from './init/normal.ts'
import { LayerModule, type TypedIndexLayer, typed } from './layer.ts'
import type { EmbeddingFn } from './layer-types.ts'
import { checkOptions } from './options.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from './tensors.ts'

export interface EmbeddingOptions {
  /** This index means nothing: its vector starts as zeros and gets no gradient. */
  readonly paddingIndex?: number
  readonly weightInit?: Initialiser
}

/** indices [...] (int32), weight [V, E] → [..., E]. */
export function embeddingNode(indices: Node, weight: Node, paddingIndex?: number): Node {
  if (indices.dtype !== 'int32')
    refuseDType('embedding', [indices.dtype], `indices must be int32, got ${indices.dtype}; use toInt()`)
  const entries = weight.shape[0]!
  whenKnown(indices, values => {
    for (const index of values) if (!(index >= 0 && index < entries)) throw new IndexError('embedding', index, entries)
  })
  const table = paddingIndex === undefined ? weight : withoutGradient(weight, paddingIndex)
  return build.gather(table, indices, 0)
}

const withoutGradient = (weight: Node, row: number): Node =>
  where(eq(build.reshape(build.iota(weight.shape[0]!), [weight.shape[0]!, 1]), row), build.stopGradient(weight), weight)

export class EmbeddingModule extends LayerModule {
  readonly kind = 'embedding'
  readonly weight: AnyVariable
  readonly paddingIndex: number | undefined
  constructor(entries: number, features: number, options: EmbeddingOptions = {}) {
    super()
    checkOptions('embedding', options, { paddingIndex: true, weightInit: true })
    const { paddingIndex, weightInit = normal() } = options
    needCount('embedding', 'entries', entries)
    needCount('embedding', 'features', features)
    if (paddingIndex !== undefined && !(Number.isInteger(paddingIndex) && paddingIndex >= 0 && paddingIndex < entries))
      refuseOption('embedding', 'paddingIndex', `paddingIndex must be in [0, ${entries}), got ${paddingIndex}`)
    this.paddingIndex = paddingIndex
    const table = weightInit([entries, features])
    this.weight = variable(
      paddingIndex === undefined
        ? table
        : wrap(where(eq(build.reshape(build.iota(entries), [entries, 1]), paddingIndex), 0, table.node)),
    )
  }
  forward(indices: AnyTensor): AnyTensor {
    return wrap(embeddingNode(nodeOf(this.kind, indices), this.weight.node, this.paddingIndex))
  }
  protected override arguments(): string {
    return this.weight.shape.join(', ')
  }
}

export interface Embedding<V extends number = number, E extends number = number>
  extends TypedIndexLayer<EmbeddingFn<E>> {
  readonly weight: Variable<[V, E]>
}
/** Indices [...] below `entries` → [..., features]. */
export const embedding = <V extends number, E extends number>(
  entries: V,
  features: E,
  options?: EmbeddingOptions,
): Embedding<V, E> => typed(new EmbeddingModule(entries, features, options))
