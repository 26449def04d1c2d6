/** Layers one after the other. Names are positions, as in PyTorch (`0.weight`); `input` takes no number. */
import { kindOf, refuseOption } from '../graph/refuse.ts'
import { InputModule } from './input.ts'
import { LayerModule, typed } from './layer.ts'
import type { AnyLayer, AnyModule, Check, Sequential as TypedSequential } from './layer-types.ts'
import type { Module } from './module.ts'
import type { AnyTensor } from './tensors.ts'

/** Anything with a forward of one tensor: layers, modules, and what people write themselves. */
export interface Callable {
  forward(x: AnyTensor): AnyTensor
}

export class SequentialModule extends LayerModule {
  readonly kind = 'sequential'
  readonly #layers: readonly Callable[]
  constructor(layers: readonly Callable[]) {
    super()
    for (const layer of layers)
      if (typeof layer?.forward !== 'function')
        refuseOption(
          'sequential',
          'layers',
          `a layer needs a forward, got ${kindOf(layer)}; a function f goes in as { forward: f }`,
        )
    this.#layers = layers
    const numbered = layers.filter(l => !(l instanceof InputModule))
    Object.assign(this, numbered) // properties 0, 1, …: what the names come from
  }
  /** The layers in order. */
  get layers(): readonly Callable[] {
    return this.#layers
  }
  override describe(): string {
    return this.kind
  }
  forward(x: AnyTensor): AnyTensor {
    return this.#layers.reduce((h, layer) => layer.forward(h), x)
  }
}

export interface Sequential<L extends readonly unknown[]> extends TypedSequential<L>, Module {
  readonly kind: string
}
/** Runs layers in order; each must fit what the one before it gives. */
export const sequential = <L extends readonly (AnyLayer | AnyModule)[]>(
  ...layers: L extends Check<L> ? L : Check<L>
): Sequential<L> => typed(new SequentialModule(layers as unknown as readonly Callable[]))
