/** A dense network, as the reader sets it up; in numbers, in words, and as a program. */

export interface Setup {
  /** 2 for points in the plane; 196 for digits of 14 × 14. */
  readonly inputs: number
  /** One logit for two classes; as many as there are classes otherwise. */
  readonly outputs: number
  /** Units of each hidden layer. */
  readonly hidden: readonly number[]
  readonly act: Activation
  readonly loss: Loss
  readonly optimizer: Optimizer
  readonly lr: number
  /** λ: the loss has λ/2 · Σ w² added, over weights, not biases. */
  readonly l2: number
  readonly batch: number
  readonly seed: number
}
export type Activation = 'relu' | 'tanh' | 'sigmoid' | 'identity'
export type Loss = 'bce' | 'mse' | 'hinge'
export type Optimizer = 'sgd' | 'momentum' | 'rmsprop' | 'adam'

export const activationTitles: Readonly<Record<Activation, string>> = {
  relu: 'ReLU',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  identity: 'none (linear)',
}
export const lossTitles: Readonly<Record<Loss, string>> = {
  bce: 'cross entropy',
  mse: 'squared error',
  hinge: 'hinge',
}
export const optimizerTitles: Readonly<Record<Optimizer, string>> = {
  sgd: 'gradient descent',
  momentum: 'with momentum 0.9',
  rmsprop: 'RMSprop',
  adam: 'Adam',
}
/** Losses of logits z [n, outputs] and targets y, 0 or 1, as programs. */
export function lossCode({ loss, outputs }: Pick<Setup, 'loss' | 'outputs'>): string {
  const one = outputs === 1
  if (loss === 'hinge') return 'nn.hinge(z, y.mul(2).sub(1))'
  if (loss === 'mse') return `nn.mse(${one ? 'z.sigmoid()' : 'z.softmax(1)'}, y)`
  return one ? 'nn.binaryCrossEntropyWithLogits(z, y)' : 'nn.crossEntropy(z, y)'
}
const optimizerCode: Readonly<Record<Optimizer, (lr: number) => string>> = {
  sgd: lr => `optim.sgd({ learningRate: ${lr} }, model)`,
  momentum: lr => `optim.sgd({ learningRate: ${lr}, momentum: 0.9 }, model)`,
  rmsprop: lr => `optim.rmsProp({ learningRate: ${lr} }, model)`,
  adam: lr => `optim.adam({ learningRate: ${lr} }, model)`,
}
export type Sizes = Pick<Setup, 'inputs' | 'hidden' | 'outputs'>

/** Units of every layer: inputs, the hidden ones, outputs. */
export const sizesOf = ({ inputs, hidden, outputs }: Sizes): number[] => [inputs, ...hidden, outputs]

/** Weights and biases of every layer: (inputs + 1) · units. */
export const parametersOf = (setup: Sizes): number =>
  sizesOf(setup).reduce((sum, units, l, sizes) => (l === 0 ? 0 : sum + (sizes[l - 1]! + 1) * units), 0)

/** What one tab trains while it stays awake. */
export const mostParameters = 10_000

/** Why this network cannot be trained here; undefined when it can. */
export function refusal(setup: Sizes): string | undefined {
  const count = parametersOf(setup)
  if (count <= mostParameters) return undefined
  const sizes = sizesOf(setup)
  const terms = sizes.slice(1).map((units, l) => `(${sizes[l]} + 1)·${units}`)
  return (
    `${terms.join(' + ')} = ${count.toLocaleString('en')} parameters. This tab trains at most ` +
    `${mostParameters.toLocaleString('en')}: it keeps them for every 32nd step, so that it can go back. Take a layer or some units away.`
  )
}

/** The network as lines of a program. */
export function networkCode(setup: Setup): {
  model: string
  loss: string
  penalty: string | undefined
  optimizer: string
} {
  const sizes = sizesOf(setup)
  const lines = sizes.slice(1).flatMap((units, l) => {
    const linear = `nn.linear(${sizes[l]}, ${units})`
    return l < sizes.length - 2 && setup.act !== 'identity' ? [linear, `nn.${setup.act}()`] : [linear]
  })
  const weights = sizes
    .slice(1)
    .map((_, l) => `model.namedParameters().get('${l * (setup.act === 'identity' ? 1 : 2)}.weight')!`)
  const squares = weights.map(w => `${w}.square().sum()`).reduce((a, b) => `${a}.add(${b})`)
  return {
    model: `nn.sequential(\n${lines.map(line => `  ${line},`).join('\n')}\n)`,
    loss: lossCode(setup),
    penalty: setup.l2 === 0 ? undefined : `${squares}.mul(${setup.l2 / 2})`,
    optimizer: optimizerCode[setup.optimizer](setup.lr),
  }
}
