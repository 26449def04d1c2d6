/** I1: a dense and a convolutional network learn the same digits, with all pixels in place or in one fixed other order. */
import { data, nn, optim, random, type Tensor, tensor, train } from 'chainrule'
import { digit, digitSide, unpackDigits } from '../../lab/digit-file.ts'
import type { Start } from '../../lab/experiment.ts'
import { networks, type Pair } from './networks.ts'
import { amounts, changed, reordered, type Tool } from './transforms.ts'

export interface Settings {
  /** Whether all pictures are put into one fixed other order, for learning and for testing. */
  readonly shuffle: boolean
  readonly seed: number
  readonly digits: Uint8Array
}
export interface Question {
  readonly tool: Tool
  readonly amount: number
  readonly digit: number
}
export interface News {
  readonly step: number
  /** Held-out accuracy: step and share. */
  readonly accuracies: Pair<readonly (readonly [number, number])[]>
  /** Accuracy for each amount of the tool. */
  readonly curves: Pair<readonly number[]>
  readonly picture: Float32Array
  readonly label: number
  readonly probabilities: Pair<Float32Array>
}
/** Held-out digits behind each point of a curve. */
export const judged = 300
const every = 40

export const structure: Start<Settings, News, Question> = async ({ shuffle, seed, digits }) => {
  const sets = unpackDigits(digits)
  random.seed(seed)
  const order = shuffle ? data.permutation(digitSide ** 2, 1) : undefined
  const batchOf = (set: typeof sets.test, count: number, change: (p: Float32Array) => Float32Array) => {
    const size = digitSide ** 2
    const x = new Float32Array(count * size)
    for (let i = 0; i < count; i++) x.set(reordered(change(digit(set, i)), order), i * size)
    return {
      x: { dtype: 'float32' as const, shape: [count, 1, digitSide, digitSide], data: x },
      y: { dtype: 'int32' as const, shape: [count], data: Int32Array.from(set.labels.subarray(0, count)) },
    }
  }
  const learned = data.arrays(batchOf(sets.train, sets.train.labels.length, p => p))
  const models = networks()
  const events = models.map(model =>
    train
      .fit(model as never, learned as never, {
        loss: nn.crossEntropy,
        optimizer: optim.adam({ learningRate: 0.002 }),
        batchSize: 32,
        epochs: 40,
        seed,
      })
      [Symbol.asyncIterator](),
  )
  const share = async (model: nn.Module, change: (p: Float32Array) => Float32Array, count: number): Promise<number> => {
    const set = data.arrays(batchOf(sets.test, Math.min(count, sets.test.labels.length), change))
    const options = { loss: nn.crossEntropy, metrics: [train.accuracy], batchSize: 300 }
    return (await train.evaluate(model as never, set as never, options)).accuracy!
  }
  const accuracies: Pair<[number, number][]> = [[], []]
  let step = 0
  let question: Question = { tool: 'shift', amount: 0, digit: 0 }
  let curves: Pair<number[]> = [[], []]

  const measure = async (): Promise<void> => {
    for (const [i, model] of models.entries()) accuracies[i]!.push([step, await share(model, p => p, 1000)])
  }
  const trace = async (): Promise<void> => {
    const { tool } = question
    const one = async (model: nn.Module): Promise<number[]> => {
      const found: number[] = []
      for (const amount of amounts[tool]) found.push(await share(model, p => changed(p, tool, amount), judged))
      return found
    }
    curves = [await one(models[0]), await one(models[1])]
  }
  const news = async (): Promise<News> => {
    const picture = reordered(changed(digit(sets.test, question.digit), question.tool, question.amount), order)
    const says = async (model: nn.Module): Promise<Float32Array> => {
      model.eval()
      const x = tensor(picture).reshape([1, 1, digitSide, digitSide])
      const forward = model as unknown as { forward(x: unknown): Tensor<[1, 10]> }
      const p = Float32Array.from(await forward.forward(x).softmax(1).data())
      model.train()
      return p
    }
    return {
      step,
      accuracies: [[...accuracies[0]], [...accuracies[1]]],
      curves,
      picture,
      label: sets.test.labels[question.digit]!,
      probabilities: [await says(models[0]), await says(models[1])],
    }
  }
  await measure()
  await trace()
  return {
    async step() {
      let more = true
      for (const run of events) {
        const { value, done } = await run.next()
        if (done || value.type === 'done') more = false
      }
      step++
      if (step % every === 0) await measure()
      if (step % (4 * every) === 0 || !more) await trace()
      return more
    },
    news,
    async answer(next) {
      const anew = next.tool !== question.tool
      question = next
      if (anew) await trace()
      return news()
    },
  }
}
