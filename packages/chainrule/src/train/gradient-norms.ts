/** How large the gradient is in each layer: what vanishes or explodes on its way down (Glorot & Bengio 2010, section 4.2). */

import { isFrozen } from '../nn/parameter.ts'
import { all } from '../tensor/functions.ts'
import { grad } from '../tensor/gradients.ts'
import type { AnyTensor, Tensor } from '../tensor/types.ts'
import { checkLoss, checkModel, forwardOf, type Loss, lossOf, type Trainable } from './types.ts'

/**
 * √Σ g² over the parameters of each module that has some of its own (frozen ones left out), by the module's path, in the order of the
 * model. Nothing is updated.
 * @param batch x and y of `loss(forward(x), y)`
 */
export async function gradientNorms(
  model: Trainable,
  batch: { readonly x: AnyTensor; readonly y: AnyTensor },
  loss: Loss,
): Promise<Record<string, number>> {
  checkModel('gradientNorms', model)
  checkLoss('gradientNorms', loss)
  const named = [...model.namedParameters()].filter(([, p]) => !isFrozen(p))
  const value = lossOf(loss, forwardOf(model)(batch.x), batch.y)
  const gradients = grad(
    value as Tensor<[]>,
    named.map(([, p]) => p),
  ) as AnyTensor[]
  const squares = gradients.map(g => g.square().sum())
  await all(value, ...squares)
  const sums: Record<string, number> = {}
  for (const [i, [name]] of named.entries()) {
    const layer = name.slice(0, Math.max(0, name.lastIndexOf('.')))
    sums[layer] = (sums[layer] ?? 0) + Number(await squares[i]!.item())
  }
  return Object.fromEntries(Object.entries(sums).map(([layer, sum]) => [layer, Math.sqrt(sum)]))
}
