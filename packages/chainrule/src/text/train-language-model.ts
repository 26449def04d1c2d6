/**
 * Training and scoring of language models by truncated backpropagation through time: text runs through in order, the state is
 * carried from batch to batch, gradients reach back to the beginning of a batch.
 */
import { DataError, NonFiniteError, OptionError } from '../errors.ts'
import type { LstmState } from '../nn/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { clipGradNorm } from '../optim/clip.ts'
import type { Optimizer } from '../optim/optimizer.ts'
import type { Schedule } from '../optim/schedules/index.ts'
import { compile } from '../tensor/compile.ts'
import { all, grad } from '../tensor/tensor.ts'
import type { AnyTensor, IntTensor, Tensor } from '../tensor/types.ts'
import { breathe, inEvaluation } from '../train/modes.ts'
import { streamBatchCount, streamBatches } from './batches.ts'
import type { LanguageModel } from './language-model.ts'

export interface TrainLanguageModelOptions {
  /** Attached to the model unless it is attached already. */
  readonly optimizer: Optimizer
  /** 1 unless given. */
  readonly epochs?: number
  /** Rows of text that are read side by side; 32 unless given. */
  readonly streams?: number
  /** Tokens of each row in a step, which is how far gradients reach back; 64 unless given. */
  readonly steps?: number
  /** The common norm that gradients are scaled down to; 1 unless given. */
  readonly clip?: number
  /** The learning rate of each step, from how many there will be. */
  readonly schedule?: (steps: number) => Schedule
  /** Tokens to score after every epoch. */
  readonly validate?: Int32Array
  /** Ends the run after the step it is in. */
  readonly signal?: AbortSignal
}

export type LanguageModelEvent =
  | {
      readonly type: 'step'
      readonly step: number
      readonly steps: number
      /** Mean −log p of the batch's tokens, in nats. */
      readonly loss: number
      readonly learningRate: number
      readonly tokensPerSecond: number
    }
  | {
      readonly type: 'epoch'
      readonly epoch: number
      readonly epochs: number
      readonly loss: number
      readonly perplexity: number
      /** Perplexity of the tokens to validate on. */
      readonly validation: number | undefined
    }

/**
 * Trains on tokens in their order, as a stream of events.
 * @throws DataError when there are too few tokens for one batch, NonFiniteError when the loss is not finite
 */
export async function* trainLanguageModel(
  model: LanguageModel,
  tokens: Int32Array,
  options: TrainLanguageModelOptions,
): AsyncGenerator<LanguageModelEvent, void, undefined> {
  const { optimizer, epochs = 1, streams = 32, steps = 64, clip = 1, validate, signal } = options
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new OptionError('epochs', `trainLanguageModel: epochs must be an integer >= 1, got ${epochs}`)
  if (optimizer.stateDict().size === 0) optimizer.attach(model)
  // the first tokens are left out by turns, so that no epoch is cut where another was
  const cut = (epoch: number) => ({ streams, steps, offset: Math.floor((epoch * steps) / epochs) })
  const total = Array.from({ length: epochs }, (_, e) => streamBatchCount(tokens.length, cut(e))).reduce(
    (a, b) => a + b,
  )
  const schedule = options.schedule?.(Math.max(1, total))
  const step = compile((x: IntTensor<[number, number]>, y: IntTensor<[number, number]>, state: LstmState) => {
    const next = model.forward(x, state)
    const loss = crossEntropy(next.logits, y)
    optimizer.step(clipGradNorm(grad(loss as Tensor, optimizer.parameters) as AnyTensor[], clip))
    return { loss, state: next.state }
  })
  let done = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    model.train()
    let state = model.start(streams)
    let sum = 0
    const before = done
    for (const { x, y } of streamBatches(tokens, cut(epoch))) {
      if (signal?.aborted) return
      const start = performance.now()
      if (schedule) optimizer.learningRate = schedule.at(done)
      const next = step(x, y, state)
      const loss = await (next.loss as Tensor<[]>).item()
      if (!Number.isFinite(loss))
        throw new NonFiniteError(
          `trainLanguageModel: the loss of step ${done + 1} is ${loss}; use a smaller learning rate or clip`,
          { step: done + 1 },
        )
      state = next.state
      sum += loss
      done++
      const tokensPerSecond = (1000 * streams * steps) / (performance.now() - start)
      yield { type: 'step', step: done, steps: total, loss, learningRate: optimizer.learningRate, tokensPerSecond }
      if (done % 16 === 0) await breathe()
    }
    const loss = sum / (done - before)
    const validation = validate && (await perplexity(model, validate))
    yield { type: 'epoch', epoch: epoch + 1, epochs, loss, perplexity: Math.exp(loss), validation }
  }
}

export interface PerplexityOptions {
  /** Into how many rows the text is cut, each of which begins without knowing what was before; 16 unless given. */
  readonly streams?: number
  /** 64 unless given. */
  readonly steps?: number
}

/**
 * exp of the mean −log p over all tokens but the first: of how many equally likely tokens the model was as unsure.
 * @throws DataError when there are fewer than two tokens
 */
export async function perplexity(
  model: LanguageModel,
  tokens: Int32Array,
  { streams = 16, steps = 64 }: PerplexityOptions = {},
): Promise<number> {
  const predicted = tokens.length - 1
  if (predicted < 1) throw new DataError(`perplexity: ${tokens.length} token(s) leave nothing to predict`)
  const rows = Math.min(streams, predicted)
  const score = compile((x: IntTensor<[number, number]>, y: IntTensor<[number, number]>, state: LstmState) => {
    const next = model.forward(x, state)
    return { losses: crossEntropy(next.logits, y, { reduction: 'none' }), state: next.state }
  })
  let sum = 0
  await inEvaluation(model, async () => {
    let state = model.start(rows)
    for (const { x, y, counted } of streamBatches(tokens, { streams: rows, steps, whole: true })) {
      const { losses, state: next } = score(x, y, state)
      await all(losses)
      const values = await losses.data()
      const width = x.shape[1]
      for (const [row, count] of counted.entries()) for (let t = 0; t < count; t++) sum += values[row * width + t]!
      state = next
      await breathe()
    }
  })
  return Math.exp(sum / predicted)
}
