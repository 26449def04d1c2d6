/** y = body(x) + shortcut(x). He et al. 2016, "Deep Residual Learning for Image Recognition", equations (1) and (2). */
import * as build from '../graph/build.ts'
import { meet } from '../tensor/ops/operands.ts'
import type { Identity } from './identity.ts'
import { LayerModule, type TypedLayer, typed } from './layer.ts'
import type { AnyLayer, ResidualFn } from './layer-types.ts'
import type { Callable } from './sequential.ts'
import { type AnyTensor, wrap } from './tensors.ts'

export class ResidualModule extends LayerModule {
  readonly kind = 'residual'
  readonly body: Callable
  /** The identity when there is none. */
  readonly shortcut: Callable | undefined
  constructor(body: Callable, shortcut?: Callable) {
    super()
    this.body = body
    this.shortcut = shortcut
  }
  override describe(): string {
    return this.kind
  }
  forward(x: AnyTensor): AnyTensor {
    const main = this.body.forward(x)
    const side = this.shortcut ? this.shortcut.forward(x) : x
    return wrap(build.add(...meet('residual', main.node, side.node)))
  }
}

export interface Residual<L, D> extends TypedLayer<ResidualFn<L, D>> {
  readonly body: L
  readonly shortcut: D | undefined
}
/** body(x) + shortcut(x); the shortcut is the identity unless given. */
export const residual = <L extends AnyLayer, D extends AnyLayer = Identity>(body: L, shortcut?: D): Residual<L, D> =>
  typed(new ResidualModule(body as unknown as Callable, shortcut as unknown as Callable | undefined))
