/** T1: n-gram kernels learn to tell praise from blame, and a look at what they see in a sentence. */
import { data, nn, optim, random, type Tensor, tensor, text, train } from 'chainrule'
import type { Start } from '../../lab/experiment.ts'
import { length, sizes, special, tokensOf } from './model.ts'
import { draws, type Review, reviewOf, words } from './reviews.ts'

export interface Settings {
  readonly lr: number
  readonly seed: number
}
export interface Question {
  readonly sentence: string
  /** Of all kernels, the narrow ones first, from 0. */
  readonly kernel: number
}
/** What a kernel sees in the sentence. */
export interface Seen {
  readonly width: number
  /** z = ReLU(V·K + b) of each n-gram. */
  readonly z: readonly number[]
  /** The n-gram with the largest z, and its z; undefined where none is above 0. */
  readonly best: number | undefined
  readonly maximum: number
  /** What its maximum adds to the score of praise less that of blame, for each unit. */
  readonly weight: number
}
export interface News {
  readonly step: number
  readonly losses: readonly (readonly [number, number])[]
  readonly accuracies: readonly (readonly [number, number])[]
  readonly tokens: readonly string[]
  /** A vector for each word. */
  readonly vectors: readonly Float32Array[]
  readonly kernels: readonly Seen[]
  /** Of the kernel that was asked about: a row for each word of its n-grams. */
  readonly weights: readonly Float32Array[]
  readonly bias: number
  /** The n-grams of the reviews that it answers to most. */
  readonly favourites: readonly (readonly [ngram: string, z: number])[]
  /** Of praise. */
  readonly probability: number
}
const [learnt, held] = [600, 200]
/** Steps between two looks at the held-out reviews. */
const every = 10

async function reviews(count: number, generator: random.Generator): Promise<Review[]> {
  const u = await random.uniform([count, draws], { generator } as never).data()
  return Array.from({ length: count }, (_, i) => reviewOf(u.subarray(i * draws, (i + 1) * draws) as Float32Array))
}
const floats = async (x: unknown): Promise<Float32Array> => Float32Array.from(await (x as Tensor).data())

export const textCnn: Start<Settings, News, Question> = async ({ lr, seed }) => {
  random.seed(seed)
  const generator = new random.Generator(seed)
  const vocabulary = text.Vocabulary.of(words, { special: [...special], unknown: special[1] })
  const encoded = (tokens: readonly string[]): Int32Array => Int32Array.from(vocabulary.encode(tokens))
  const [some, others] = [await reviews(learnt, generator), await reviews(held, generator)]
  const dataset = (set: readonly Review[]) =>
    data.arrays({
      x: text.padded(
        set.map(r => encoded(tokensOf(r.text))),
        { length },
      ).x,
      y: tensor(Int32Array.from(set, r => r.label)),
    } as never)
  const [training, test] = [dataset(some), dataset(others)]
  const model = text.convolutionClassifier({ ...sizes, vocabulary: vocabulary.size, dropout: 0 })
  const run = train.fit(model as never, training as never, {
    loss: nn.crossEntropy,
    optimizer: optim.adam({ learningRate: lr }),
    batchSize: 32,
    epochs: 60,
    seed,
  })
  const events = run[Symbol.asyncIterator]()
  const losses: [number, number][] = []
  const accuracies: [number, number][] = []
  let question: Question = { sentence: '', kernel: 0 }
  let step = 0

  const measure = async (): Promise<void> => {
    const options = { loss: nn.crossEntropy, metrics: [train.accuracy], batchSize: held }
    accuracies.push([step, (await train.evaluate(model as never, test as never, options)).accuracy!])
  }
  const news = async (): Promise<News> => {
    const found = tokensOf(question.sentence)
    const tokens = found.length > 0 ? found : [special[1]]
    const { x } = text.padded([encoded(tokens)], { length })
    model.eval()
    const [table, output, scores] = await Promise.all([
      floats(model.embedding.weight),
      floats(model.output.weight),
      floats((model.forward(x as never) as unknown as Tensor<[1, 2]>).softmax(1)),
    ])
    const answers = await Promise.all(model.activations(x as never).map(floats))
    const kernels = sizes.widths.flatMap((width, l) =>
      Array.from({ length: sizes.kernels }, (_, k): Seen => {
        const positions = length - width + 1
        const z = [...answers[l]!.subarray(k * positions, k * positions + Math.max(1, tokens.length - width + 1))]
        const maximum = Math.max(...z)
        const column = l * sizes.kernels + k
        const total = sizes.kernels * sizes.widths.length
        return {
          width,
          z,
          best: maximum > 0 ? z.indexOf(maximum) : undefined,
          maximum,
          weight: output[total + column]! - output[column]!,
        }
      }),
    )
    const [layer, number] = [Math.floor(question.kernel / sizes.kernels), question.kernel % sizes.kernels]
    const width = sizes.widths[layer]!
    const convolution = model.convolutions[layer]!
    const [weight, bias] = await Promise.all([floats(convolution.weight), floats(convolution.bias)])
    const liked = await text.favouriteNgrams(
      model,
      some.slice(0, 200).map(r => encoded(tokensOf(r.text))),
      vocabulary as never,
      { top: 6 },
    )
    model.train()
    const { embedding } = sizes
    return {
      step,
      losses,
      accuracies,
      tokens,
      vectors: tokens.map(t => {
        const at = encoded([t])[0]! * embedding
        return table.slice(at, at + embedding)
      }),
      kernels,
      // the library's order is [kernel, feature, word]
      weights: Array.from({ length: width }, (_, t) =>
        Float32Array.from({ length: embedding }, (_, f) => weight[(number * embedding + f) * width + t]!),
      ),
      bias: bias[number]!,
      favourites: liked[question.kernel]!.ngrams.map(n => [n.tokens.join(' '), n.activation] as const),
      probability: scores[1]!,
    }
  }
  await measure()
  return {
    async step() {
      for (;;) {
        const { value, done } = await events.next()
        if (done || value.type === 'done') return false
        if (value.type !== 'step') continue
        losses.push([++step, value.scores.loss!])
        if (step % every === 0) await measure()
        return true
      }
    },
    news,
    answer(next) {
      question = next
      return news()
    },
  }
}
