/**
 * The lecture's three equations of backpropagation on its 3-4-4-3 network, against the engine's gradients and against differences: they
 * are exact for softmax with cross entropy and for a linear output with half the squared error, and for no other pair.
 */
import { grad, gradCheck, nn, random, type Tensor, variable } from 'chainrule'

random.seed(4)
const weights = (
  [
    [3, 4],
    [4, 4],
    [4, 3],
  ] as const
).map(shape => variable(random.normal(shape)) as unknown as Tensor)
const x = random.normal([1, 3]) as Tensor
const y = nn.softmax().forward(random.normal([1, 3])) as Tensor

/** The network with σ in its hidden layers. */
function forward(x: Tensor, [w1, w2, w3]: readonly Tensor[]) {
  const a2 = x.matmul(w1!).sigmoid()
  const a3 = a2.matmul(w2!).sigmoid()
  return { a2, a3, z4: a3.matmul(w3!) as Tensor }
}

/** σ′(z) from a = σ(z). */
const slope = (a: Tensor) => a.mul(a.neg().add(1)) as Tensor

/** The slide as matrices: δ⁴ = ŷ − y, δˡ = δˡ⁺¹ Wˡᵀ ⊙ σ′(zˡ), ∂J/∂Wˡ = aˡᵀ δˡ⁺¹. */
function slide(prediction: Tensor): Tensor[] {
  const { a2, a3 } = forward(x, weights)
  const [, w2, w3] = weights as [Tensor, Tensor, Tensor]
  const d4 = prediction.sub(y)
  const d3 = d4.matmul(w3.T).mul(slope(a3))
  const d2 = d3.matmul(w2.T).mul(slope(a2))
  return [x.T.matmul(d2), a2.T.matmul(d3), a3.T.matmul(d4)]
}

const pairs = {
  'softmax, cross entropy': {
    output: (z: Tensor) => nn.softmax().forward(z) as Tensor,
    loss: (z: Tensor, y: Tensor) =>
      y
        .mul(nn.logSoftmax().forward(z) as Tensor)
        .sum()
        .neg() as Tensor,
  },
  'linear, half the squared error': {
    output: (z: Tensor) => z,
    loss: (z: Tensor, y: Tensor) => z.sub(y).square().sum().mul(0.5) as Tensor,
  },
  'sigmoid, squared error': {
    output: (z: Tensor) => z.sigmoid() as Tensor,
    loss: (z: Tensor, y: Tensor) => z.sigmoid().sub(y).square().sum() as Tensor,
  },
}
for (const [name, { output, loss }] of Object.entries(pairs)) {
  const { z4 } = forward(x, weights)
  const engine = grad(loss(z4, y), weights) as Tensor[]
  const equations = slide(output(z4))
  let most = 0
  for (const [i, gradient] of engine.entries())
    most = Math.max(most, Number(await gradient.sub(equations[i]!).abs().max().item()))
  // in float64: (J(w + ε) − J(w − ε)) / 2ε for each of the 40 weights
  const inFloat64 = (t: Tensor) => t.cast('float64') as unknown as Tensor
  const { deviation } = await gradCheck((...w) => loss(forward(inFloat64(x), w as never).z4, inFloat64(y)), weights)
  console.log(
    `${name}: engine against differences ${deviation.toExponential(0)}, slide against engine ${most.toExponential(1)}`,
  )
}
console.log('In the last pair the slide lacks the factor 2 σ′(z⁴), the slope of its output: δ⁴ = 2 (ŷ − y) ⊙ σ′(z⁴).')

// one layer: the gradient of Uᵀ f(W x + b) by W is the outer product of the local error δ and the local input x
const [W, b, U, v] = [variable(random.normal([2, 3])), random.normal([2]), random.normal([2]), random.normal([3])]
const a = W.matmul(v).add(b).sigmoid()
const outer = U.mul(slope(a as Tensor))
  .reshape([2, 1])
  .mul(v.reshape([1, 3])) as Tensor
const difference = (grad(U.mul(a).sum(), W) as Tensor).sub(outer).abs().max()
console.log(`∂s/∂W = δ xᵀ: largest difference ${Number(await difference.item()).toExponential(0)}`)

// numerical issues: the losses on logits stay finite where the formulas overflow
const logits = variable([[1000, -1000, 0]])
const entropy = nn.crossEntropy(logits, variable([[0, 1, 0]]))
const [g] = (await (grad(entropy, logits) as Tensor).array()) as number[][]
console.log(`cross entropy of logits (1000, −1000, 0): ${await entropy.item()}, gradient (${g!.join(', ')})`)
