/** Text from a language model: token by token at random, or the likeliest continuation that a beam search finds. */
import { DataError, OptionError } from '../errors.ts'
import { uniformAt } from '../graph/threefry.ts'
import type { LstmState } from '../nn/index.ts'
import { compile } from '../tensor/compile.ts'
import { all, tensor } from '../tensor/tensor.ts'
import type { IntTensor, Tensor } from '../tensor/types.ts'
import type { LanguageModel } from './language-model.ts'
import { checkSampling, drawn, type SamplingOptions, samplingProbabilities } from './sampling.ts'
import type { SavedLanguageModel } from './saved-language-model.ts'

export interface GenerateOptions extends SamplingOptions {
  /** What the text begins with; a line's end, where a new text begins, unless given. */
  readonly prompt?: string | undefined
  /** How many tokens follow; 200 unless given. */
  readonly length?: number | undefined
  /** Of the draws: the same seed gives the same text; 0 unless given. */
  readonly seed?: number | undefined
  /** Instead of drawing, follows so many continuations at a time and keeps the likeliest. */
  readonly beam?: number | undefined
}

/**
 * The prompt and what follows it.
 * @throws DataError for a prompt that the vocabulary cannot express, OptionError for bad options
 */
export async function generate(saved: SavedLanguageModel, options: GenerateOptions = {}): Promise<string> {
  const tokens: string[] = []
  for await (const token of generateTokens(saved, options)) tokens.push(token)
  return saved.tokenizer.join([...saved.tokenizer.tokenize(options.prompt ?? ''), ...tokens])
}

/** The tokens that follow the prompt, one by one; those of a beam search come all at its end. */
export async function* generateTokens(
  saved: SavedLanguageModel,
  options: GenerateOptions = {},
): AsyncGenerator<string, void, undefined> {
  const { model, vocabulary, tokenizer } = saved
  const { prompt = '', length = 200, seed = 0, beam } = options
  checkSampling(options)
  if (!Number.isInteger(length) || length < 1)
    throw new OptionError('length', `generate: length must be an integer >= 1, got ${length}`)
  if (beam !== undefined && !(Number.isInteger(beam) && beam >= 1 && beam <= vocabulary.size))
    throw new OptionError(
      'beam',
      `generate: beam must be an integer from 1 to the ${vocabulary.size} tokens, got ${beam}`,
    )
  const begin = prompt === '' ? ['\n'] : tokenizer.tokenize(prompt)
  if (begin.length === 0) throw new DataError(`generate: the prompt ${JSON.stringify(prompt)} has no tokens`)
  const context = vocabulary.encode(begin)
  // what stands for all that is unknown is no text
  const never = vocabulary.unknown === null ? -1 : vocabulary.number(vocabulary.unknown)

  const mode = model.training
  if (mode) model.eval()
  try {
    const next = stepper(model, never)
    let { scores, state } = await next(context, model.start(1), [0])
    if (beam !== undefined) {
      const found = await beamSearch(next, scores[0]!, state, beam, length)
      for (const token of found) yield vocabulary.token(token)
      return
    }
    for (let i = 0; i < length; i++) {
      const token = drawn(samplingProbabilities(scores[0]!, options), uniformAt([seed, 0], i))
      yield vocabulary.token(token)
      ;({ scores, state } = await next(Int32Array.of(token), state, [0]))
    }
  } finally {
    if (mode) model.train()
  }
}

interface Next {
  /** For each row, a score for each token. */
  readonly scores: readonly Float32Array[]
  readonly state: LstmState
}
/** Reads tokens (each row's, one row after the other) from the states of the rows `from`, and gives what follows. */
type Step = (tokens: Int32Array, state: LstmState, from: readonly number[]) => Promise<Next>

function stepper(model: LanguageModel, never: number): Step {
  const step = compile((x: IntTensor<[number, number]>, state: LstmState, from: IntTensor<[number]>) => {
    const rows = (t: Tensor): Tensor => t.indexSelect(1, from) as Tensor
    const next = model.forward(x, { h: rows(state.h), c: rows(state.c) })
    return { scores: next.logits.slice([':', [-1], ':']), state: next.state }
  })
  return async (tokens, state, from) => {
    const rows = from.length
    const x = tensor(tokens, { shape: [rows, tokens.length / rows] })
    const next = step(x, state, tensor(Int32Array.from(from)))
    await all(next.scores)
    const data = await next.scores.data()
    const width = data.length / rows
    const scores = from.map((_, row) => {
      const own = Float32Array.from(data.subarray(row * width, (row + 1) * width))
      if (never >= 0) own[never] = Number.NEGATIVE_INFINITY
      return own
    })
    return { scores, state: next.state }
  }
}

interface Hypothesis {
  readonly tokens: readonly number[]
  /** Σ log p of its tokens. */
  readonly score: number
}

/** The likeliest of the continuations that stay among the `beam` best at every length. */
async function beamSearch(
  next: Step,
  first: Float32Array,
  start: LstmState,
  beam: number,
  length: number,
): Promise<readonly number[]> {
  let hypotheses: readonly Hypothesis[] = [{ tokens: [], score: 0 }]
  let scores: readonly Float32Array[] = [first]
  let state = start
  for (let i = 0; i < length; i++) {
    const candidates = hypotheses.flatMap(({ score }, row) =>
      best(scores[row]!, beam).map(({ token, logProbability }) => ({ row, token, score: score + logProbability })),
    )
    const kept = candidates.sort((a, b) => b.score - a.score).slice(0, beam)
    const before = hypotheses
    hypotheses = kept.map(({ row, token, score }) => ({ tokens: [...before[row]!.tokens, token], score }))
    if (i === length - 1) break
    ;({ scores, state } = await next(
      Int32Array.from(kept, k => k.token),
      state,
      kept.map(k => k.row),
    ))
  }
  return hypotheses[0]!.tokens
}

/** The `count` likeliest tokens with their log softmax. */
function best(scores: Float32Array, count: number): { token: number; logProbability: number }[] {
  const peak = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const total = peak + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - peak), 0))
  return Array.from(scores, (_, token) => token)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, count)
    .map(token => ({ token, logProbability: scores[token]! - total }))
}
