/** Language models: what perplexity counts, that training learns, that generated text follows the probabilities. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wasmDevice } from '../device/wasm/device.ts'
import { CheckpointError, DataError, IndexError, NonFiniteError, OptionError } from '../errors.ts'
import { adam } from '../optim/index.ts'
import * as random from '../tensor/random.ts'
import { setDevice } from '../tensor/runtime.ts'
import { tensor } from '../tensor/tensor.ts'
import { generate, generateTokens } from './generate.ts'
import { languageModel } from './language-model.ts'
import { samplingProbabilities } from './sampling.ts'
import { readLanguageModel, saveLanguageModel } from './saved-language-model.ts'
import { characters } from './tokenizers.ts'
import { perplexity, trainLanguageModel } from './train-language-model.ts'
import { Vocabulary } from './vocabulary.ts'

const text = 'the cat sat on the mat and the rat sat on the cat\n'.repeat(40)
const vocabulary = Vocabulary.of(characters.tokenize(text))
const tokens = vocabulary.encode(characters.tokenize(text))
const folder = mkdtempSync(join(tmpdir(), 'chainrule-lm-'))
const make = () => languageModel({ vocabulary: vocabulary.size, embedding: 8, hidden: 32 })
let model: ReturnType<typeof make>

beforeAll(async () => {
  setDevice(wasmDevice())
  random.seed(3)
  model = make()
  const run = trainLanguageModel(model, tokens, {
    optimizer: adam({ learningRate: 0.02 }),
    epochs: 12,
    streams: 4,
    steps: 16,
    validate: tokens,
  })
  const seen: string[] = []
  for await (const event of run) seen.push(event.type)
  expect(seen.filter(type => type === 'epoch')).toHaveLength(12)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const saved = () => ({ model, vocabulary, tokenizer: characters })

test('training learns a text that repeats', async () => {
  expect(await perplexity(model, tokens)).toBeLessThan(1.3)
})

test('perplexity is the vocabulary when all scores are equal, however the text is cut', async () => {
  const flat = make()
  flat.decoder!.weight.set(new Float32Array(flat.decoder!.weight.size))
  expect(await perplexity(flat, tokens.subarray(0, 101), { streams: 3, steps: 7 })).toBeCloseTo(vocabulary.size, 3)
  const short = tokens.subarray(0, 60)
  const once = await perplexity(model, short, { streams: 1, steps: 60 })
  expect(await perplexity(model, short, { streams: 1, steps: 7 })).toBeCloseTo(once, 4)
})

test('tied weights: one matrix less', () => {
  const tied = languageModel({ vocabulary: 50, hidden: 16, tied: true, layers: 2, dropout: 0.2 })
  expect([...tied.namedParameters().keys()]).toEqual([
    'bias',
    'embedding.weight',
    ...['l0', 'l1'].flatMap(l => ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'].map(n => `lstm.${n}_${l}`)),
  ])
  const x = tensor([[1, 2, 3]], { dtype: 'int32' })
  expect(tied.forward(x as never).logits.shape).toEqual([1, 3, 50])
  expect(() => languageModel({ vocabulary: 5, hidden: 4, embedding: 3, tied: true })).toThrow(OptionError)
})

test('a saved model is the same model', async () => {
  const path = join(folder, 'lm.safetensors')
  await saveLanguageModel(path, saved())
  const read = await readLanguageModel(path)
  expect(read.vocabulary.tokens).toEqual(vocabulary.tokens)
  expect(await perplexity(read.model, tokens)).toBe(await perplexity(model, tokens))
  const options = { prompt: 'the ', length: 30, seed: 4 }
  expect(await generate(read, options)).toBe(await generate(saved(), options))
  await expect(readLanguageModel(join(folder, 'absent'))).rejects.toThrow(CheckpointError)
  writeFileSync(join(folder, 'other'), 'no model')
  await expect(readLanguageModel(join(folder, 'other'))).rejects.toThrow(CheckpointError)
})

describe('sampling', () => {
  const scores = [1, 3, 2, 0].map(Math.log) // probabilities 1/6, 3/6, 2/6, 0
  const p = (options: object): number[] =>
    [...samplingProbabilities(scores, options)].map(v => Math.round(v * 1e9) / 1e9)
  test('temperature, topK, topP', () => {
    expect(p({})).toEqual([1 / 6, 0.5, 1 / 3, 0].map(v => Math.round(v * 1e9) / 1e9))
    expect(p({ temperature: 0.5 })).toEqual([1 / 14, 9 / 14, 4 / 14, 0].map(v => Math.round(v * 1e9) / 1e9))
    expect(p({ temperature: 0 })).toEqual([0, 1, 0, 0])
    expect(p({ topK: 2 })).toEqual([0, 0.6, 0.4, 0])
    expect(p({ topP: 0.5 })).toEqual([0, 1, 0, 0])
    expect(p({ topP: 0.51 })).toEqual([0, 0.6, 0.4, 0])
    expect(p({ topK: 3, topP: 0.999 })).toEqual(p({}))
  })
  test('bad options', () => {
    for (const options of [{ temperature: -1 }, { topK: 0 }, { topP: 0 }, { topP: 1.5 }, { temperature: Number.NaN }])
      expect(() => samplingProbabilities(scores, options)).toThrow(OptionError)
  })
})

describe('generated text', () => {
  test('follows the text it learned, the same for the same seed', async () => {
    const a = await generate(saved(), { prompt: 'the cat', length: 40, seed: 1, temperature: 0.3 })
    expect(a.startsWith('the cat')).toBe(true)
    expect(a).toHaveLength(47)
    expect(a).toMatch(/(sat on the|and the)/)
    expect(await generate(saved(), { prompt: 'the cat', length: 40, seed: 1, temperature: 0.3 })).toBe(a)
    expect(await generate(saved(), { length: 40, seed: 1, temperature: 3 })).not.toBe(
      await generate(saved(), { length: 40, seed: 2, temperature: 3 }),
    )
  })
  test('a beam of one takes the likeliest token; a wide one finds what is at least as likely', async () => {
    const greedy = await generate(saved(), { prompt: 'the ', length: 12, temperature: 0 })
    expect(await generate(saved(), { prompt: 'the ', length: 12, beam: 1 })).toBe(greedy)
    const logOf = async (whole: string): Promise<number> => {
      const numbers = vocabulary.encode(characters.tokenize(whole))
      const of = async (n: number) => n * Math.log(await perplexity(model, numbers.subarray(0, n + 1), { streams: 1 }))
      return -((await of(numbers.length - 1)) - (await of(3)))
    }
    const wide = await generate(saved(), { prompt: 'the ', length: 2, beam: vocabulary.size })
    let best = Number.NEGATIVE_INFINITY
    const letters = vocabulary.tokens.slice(1)
    const pairs = letters.flatMap(a => letters.map(b => a + b))
    // continuations of two letters, scored by themselves: with so wide a beam nothing is left out
    for (const pair of pairs.filter((_, i) => i % 5 === 0)) best = Math.max(best, await logOf(`the ${pair}`))
    expect(await logOf(wide)).toBeGreaterThanOrEqual(best - 1e-4)
  })
  test('leaves the model in the mode it was in', async () => {
    model.train()
    for await (const token of generateTokens(saved(), { length: 1 })) expect(vocabulary.has(token)).toBe(true)
    expect(model.training).toBe(true)
  })
  test('what it refuses', async () => {
    const no = { ...saved(), vocabulary: new Vocabulary(vocabulary.tokens) }
    await expect(generate(no, { prompt: 'ZZZ' })).rejects.toThrow('vocabulary: "Z" is not one of its')
    await expect(generate(saved(), { length: 0 })).rejects.toThrow('generate: length must be an integer >= 1, got 0')
    await expect(generate(saved(), { beam: 1000 })).rejects.toThrow(OptionError)
    await expect(generate(saved(), { topK: -1 })).rejects.toThrow(OptionError)
  })
})

test('what training and scoring refuse', async () => {
  const fresh = make()
  const run = (numbers: Int32Array, options: object = {}) =>
    trainLanguageModel(fresh, numbers, { optimizer: adam({ learningRate: 0.01 }), ...options }).next()
  await expect(run(Int32Array.of(1, 2, 3))).rejects.toThrow(DataError)
  await expect(run(tokens, { epochs: 0 })).rejects.toThrow(OptionError)
  const foreign = tokens.slice()
  foreign[5] = 999
  await expect(run(foreign, { streams: 2, steps: 8 })).rejects.toThrow(IndexError)
  await expect(perplexity(fresh, Int32Array.of(1))).rejects.toThrow('perplexity: 1 token(s) leave nothing to predict')
  const wild = async (): Promise<void> => {
    const optimizer = adam({ learningRate: 1e38 })
    for await (const event of trainLanguageModel(fresh, tokens, { optimizer, streams: 2, steps: 8 })) void event
  }
  await expect(wild()).rejects.toThrow(NonFiniteError)
})
