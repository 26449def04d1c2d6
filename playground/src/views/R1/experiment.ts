/** R1: a recurrent network that learns to say the next word, and a look at every step of it. */
import {
  compile,
  concat,
  grad,
  type IntTensor,
  nn,
  optim,
  random,
  type Tensor,
  tensor,
  text,
  variable,
  zeros,
} from 'chainrule'
import type { Start } from '../../lab/experiment.ts'

export interface Settings {
  readonly corpus: string
  readonly hidden: number
  readonly lr: number
  readonly seed: number
}
export interface News {
  readonly step: number
  /** Step and loss of the last steps. */
  readonly losses: readonly (readonly [number, number])[]
  /** The words that were read, as the network knows them. */
  readonly words: readonly string[]
  /** The hidden state after every word. */
  readonly states: readonly Float32Array[]
  /** Next words with their probabilities, the likeliest first. */
  readonly next: readonly (readonly [word: string, probability: number])[]
  /** |∂ log p(likeliest) / ∂ vector of each word| */
  readonly connectivity: readonly number[]
  /** |∂ loss / ∂ W| for each copy of the recurrent weights: one for every word that was read. */
  readonly copies: readonly number[]
  /** |Σ of those gradients|, and the derivative in the shared weights as it is computed. */
  readonly summed: number
  readonly shared: number
}
/** Words that a gradient reaches back. */
export const reach = 16
const streams = 8

export const tokensOf = (corpus: string): string[] => {
  const found = text.words
    .tokenize(corpus)
    .filter(t => t !== '\n')
    .slice(0, 1500)
  return found.length > 1 ? found : ['nothing', 'to', 'read']
}
type Words = Tensor<[number, number]>

export const rnn: Start<Settings, News, string> = ({ corpus, hidden, lr, seed }) => {
  random.seed(seed)
  const tokens = tokensOf(corpus)
  const vocabulary = text.Vocabulary.of(tokens, { unknown: '<unk>' })
  const ids = Int32Array.from(vocabulary.encode(tokens))
  const { size } = vocabulary
  class Model extends nn.Module {
    readonly embedding = nn.embedding(size, hidden)
    readonly rnn = nn.rnn(hidden, hidden)
    readonly out = nn.linear(hidden, size)
    forward(x: IntTensor<[number, number]>): Tensor {
      const vectors = this.embedding.forward(x as never) as unknown as Words
      return this.out.forward(this.rnn.forward(vectors as never) as never) as unknown as Tensor
    }
  }
  const model = new Model()
  const optimizer = optim.adam({ learningRate: lr }, model)
  const losses: [number, number][] = []
  let step = 0
  let prompt: string = tokens.slice(0, 6).join(' ')

  const learn = compile((x: IntTensor<[number, number]>, y: IntTensor<[number]>) => {
    const logits = model.forward(x).reshape([-1, size])
    const loss = nn.crossEntropy(logits as never, y as never) as unknown as Tensor<[]>
    const gradients = grad(loss, optimizer.parameters)
    optimizer.step(optim.clipGradNorm(gradients, 1) as never)
    return loss
  })
  // where the pieces of text begin: a rule, so that the same seed gives the same run
  let turn = seed
  const begin = (): number => {
    turn = (Math.imul(turn, 1664525) + 1013904223) >>> 0
    return turn % Math.max(1, ids.length - 1 - reach)
  }
  const window = Math.min(reach, ids.length - 1)

  /** Every step of the network by hand, with a copy of W for each: what their gradients add up to is the gradient of W. */
  const unrolled = async (read: readonly string[]): Promise<News> => {
    const numbers = Array.from(vocabulary.encode([...read]))
    const table = model.embedding.weight as unknown as Words
    const cell = model.rnn as unknown as Record<string, Tensor>
    const at = (i: number): Words => table.at([i, i + 1]) as unknown as Words
    const vectors = numbers.map(at)
    // zeros added to W: the derivative in them is that of this copy alone
    const copies = numbers.map(() => variable(zeros([hidden, hidden])) as unknown as Words)
    let h = zeros([1, hidden]) as unknown as Words
    const states: Words[] = []
    const outputs: Words[] = []
    vectors.forEach((x, t) => {
      const weights = (cell.weight_hh_l0 as Words).add(copies[t]! as never) as unknown as Words
      h = (x.matmul(cell.weight_ih_l0!.transpose() as never) as unknown as Words)
        .add(cell.bias_ih_l0 as never)
        .add(h.matmul(weights.transpose() as never) as never)
        .add(cell.bias_hh_l0 as never)
        .tanh() as unknown as Words
      states.push(h)
      outputs.push(model.out.forward(h as never) as unknown as Words)
    })
    const last = outputs.at(-1)!
    const probabilities = [...(await (last.softmax(1) as unknown as Tensor).data())]
    const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!)
    const best = (last.logSoftmax(1) as unknown as Words).at(0, order[0]!) as unknown as Tensor<[]>
    const toVectors = grad(best, vectors as never) as unknown as Tensor[]
    // the loss of saying every following word, as in training
    const targets = tensor(Int32Array.from(numbers.slice(1)))
    const spoken = outputs.slice(0, -1)
    const rows =
      spoken.length > 0
        ? (nn.crossEntropy(concat(spoken as never) as never, targets as never) as unknown as Tensor<[]>)
        : undefined
    const toCopies = rows ? (grad(rows, copies as never) as unknown as Tensor[]) : []
    const toShared = rows ? (grad(rows, cell.weight_hh_l0 as never) as unknown as Tensor) : undefined
    const norm = (v: ArrayLike<number>): number => Math.sqrt(Array.from(v).reduce((s, x) => s + x * x, 0))
    const [stateValues, vectorGradients, copyGradients, sharedGradient] = await Promise.all([
      Promise.all(states.map(async s => Float32Array.from(await (s as unknown as Tensor).data()))),
      Promise.all(toVectors.map(g => g.data())),
      Promise.all(toCopies.map(g => g.data())),
      toShared?.data(),
    ])
    const sum = new Float64Array(hidden * hidden)
    for (const g of copyGradients) for (let i = 0; i < sum.length; i++) sum[i]! += g[i]!
    return {
      step,
      losses: losses.slice(-500),
      words: read,
      states: stateValues,
      next: order.slice(0, 8).map(i => [vocabulary.tokens[i]!, probabilities[i]!] as const),
      connectivity: vectorGradients.map(norm),
      copies: copyGradients.map(norm),
      summed: norm(sum),
      shared: sharedGradient ? norm(sharedGradient) : 0,
    }
  }
  const read = (): string[] => {
    const known = text.words
      .tokenize(prompt)
      .filter(t => t !== '\n')
      .slice(-12)
    return (known.length > 0 ? known : tokens.slice(0, 1)).map(t => (vocabulary.has(t) ? t : '<unk>'))
  }
  return Promise.resolve({
    async step() {
      const starts = Array.from({ length: streams }, begin)
      const x = Int32Array.from(starts.flatMap(s => [...ids.subarray(s, s + window)]))
      const y = Int32Array.from(starts.flatMap(s => [...ids.subarray(s + 1, s + 1 + window)]))
      const loss = await learn(
        (tensor(x) as unknown as IntTensor).reshape([streams, window] as never) as never,
        tensor(y) as never,
      ).item()
      losses.push([++step, loss])
      return step < 3000
    },
    news: () => unrolled(read()),
    answer(next: string) {
      prompt = next
      return unrolled(read())
    },
  })
}
