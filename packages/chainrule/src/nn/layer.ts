/** What the layers of this folder share: a kind for printing, and a layer that is just a function of one tensor. */

import type { Node } from '../graph/node.ts'
import { nodeOf } from '../graph/refuse.ts'
import type { IndexLayer, Layer, ShapeFn } from './layer-types.ts'
import { Module } from './module.ts'
import { type AnyTensor, wrap } from './tensors.ts'

export abstract class LayerModule extends Module {
  /** The factory that makes such a layer: `conv2d`. */
  abstract readonly kind: string
  abstract forward(x: AnyTensor): AnyTensor

  /** The arguments it was made with, for people. */
  protected arguments(): string {
    return ''
  }
  override describe(): string {
    return `${this.kind}(${this.arguments()})`
  }
}

/** A layer without parameters. */
export class FunctionLayer extends LayerModule {
  readonly kind: string
  readonly #apply: (x: Node) => Node
  readonly #description: string
  constructor(kind: string, apply: (x: Node) => Node, description = '') {
    super()
    this.kind = kind
    this.#apply = apply
    this.#description = description
  }
  forward(x: AnyTensor): AnyTensor {
    return wrap(this.#apply(nodeOf(this.kind, x)))
  }
  protected override arguments(): string {
    return this.#description
  }
}

/** A layer as people see it: a module whose forward is typed by a shape function. */
export interface TypedLayer<F extends ShapeFn> extends Layer<F>, Module {
  /** The factory that makes such a layer: `conv2d`. */
  readonly kind: string
}

/** A layer of indices as people see it. */
export interface TypedIndexLayer<F extends ShapeFn> extends IndexLayer<F>, Module {
  readonly kind: string
}

/** Gives a layer its types: the run-time class checks the same rules with the same texts. */
export const typed = <L>(layer: LayerModule): L => layer as unknown as L
