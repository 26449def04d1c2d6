/** Text classifiers: n-grams count wherever they are, padding never; what kernels like is what they answer to. */
import { beforeAll, expect, test } from 'vitest'
import { arrays } from '../data/arrays.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { DataError, IndexError, OptionError, ShapeError } from '../errors.ts'
import { crossEntropy } from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import * as random from '../tensor/random.ts'
import { setDevice } from '../tensor/runtime.ts'
import { tensor } from '../tensor/tensor.ts'
import { accuracy, evaluate, fit } from '../train/index.ts'
import { bagOfWords, presence } from './bag-of-words.ts'
import { padded } from './batches.ts'
import { convolutionClassifier } from './convolution-classifier.ts'
import { favouriteNgrams } from './favourite-ngrams.ts'
import { Vocabulary } from './vocabulary.ts'

beforeAll(() => {
  setDevice(wasmDevice())
})
const vocabulary = Vocabulary.of('not good bad the film was and it a'.split(' '), { special: ['<pad>'] })
/** Order decides: every sentence has one of each word, "not good" and "not bad" tell. */
const sentences = Array.from({ length: 120 }, (_, i) => {
  const [first, second] = i % 2 === 0 ? ['good', 'bad'] : ['bad', 'good']
  const filler = ['the film', 'it was', 'a film', 'and it'][(i >> 1) % 4]!
  const tokens = `${filler} not ${first} and ${'was '.repeat((i >> 1) % 3)}${second}`.split(' ')
  return { tokens: vocabulary.encode(tokens), label: i % 2 }
})
const dataset = arrays({
  x: padded(
    sentences.map(s => s.tokens),
    { length: 12 },
  ).x,
  y: tensor(Int32Array.from(sentences, s => s.label)),
})
const sizes = { vocabulary: vocabulary.size, classes: 2 }
const scores = { loss: crossEntropy, metrics: [accuracy] }
const train = async (model: Parameters<typeof fit>[0]): Promise<number> => {
  await fit(model, dataset, { loss: crossEntropy, optimizer: adam({ learningRate: 0.02 }), epochs: 15, seed: 1 })
  return (await evaluate(model, dataset as never, scores)).accuracy!
}

test('n-gram kernels learn what depends on order; a bag of words cannot', async () => {
  random.seed(2)
  const model = convolutionClassifier({ ...sizes, embedding: 8, kernels: 4, widths: [2, 3] })
  expect(await train(model as never)).toBe(1)
  expect(await train(bagOfWords(sizes) as never)).toBeLessThan(0.7)

  const favourites = await favouriteNgrams(
    model,
    sentences.map(s => s.tokens),
    vocabulary,
    { top: 3 },
  )
  expect(favourites.map(f => [f.width, f.kernel])).toEqual([2, 3].flatMap(w => [0, 1, 2, 3].map(k => [w, k])))
  const strongest = favourites.filter(f => f.width === 2).sort((a, b) => b.weight - a.weight)[0]!
  expect(strongest.ngrams[0]!.tokens.join(' ')).toMatch(/good|bad/)
  for (const { ngrams } of favourites) {
    const answers = ngrams.map(n => n.activation)
    expect(answers).toEqual([...answers].sort((a, b) => b - a))
    expect(new Set(ngrams.map(n => n.tokens.join(' '))).size).toBe(ngrams.length)
  }
  // the answer is z = relu(V · K + b) of the n-gram's own vectors
  const { ngrams, width, kernel } = favourites.find(f => f.ngrams.length > 0)!
  const alone = model.eval().activations(padded([vocabulary.encode(ngrams[0]!.tokens)], { length: 3 }).x)
  const layer = model.widths.indexOf(width)
  expect(((await alone[layer]!.array()) as number[][][])[0]![kernel]![0]).toBeCloseTo(ngrams[0]!.activation, 5)
})

test('padding changes nothing', async () => {
  random.seed(3)
  const model = convolutionClassifier({ ...sizes, kernels: 5 }).eval()
  const bag = bagOfWords(sizes)
  bag.weights.weight.set(Float32Array.from({ length: bag.weights.weight.size }, (_, i) => (i < 2 ? 0 : Math.sin(i))))
  const tokens = [vocabulary.encode('the film was not good'.split(' '))]
  for (const m of [model, bag]) {
    const [a, b] = await Promise.all([5, 20].map(length => m.forward(padded(tokens, { length }).x).data()))
    a!.forEach((value, i) => {
      expect(b![i]).toBeCloseTo(value, 5)
    })
  }
})

test('a bag of words adds up the weights of its tokens', async () => {
  const bag = bagOfWords(sizes)
  bag.weights.weight.set(Float32Array.from({ length: bag.weights.weight.size }, (_, i) => i))
  bag.bias.set([0.5, -0.5])
  const y = await bag.forward(padded([[3, 1, 3]]).x).array()
  expect(y).toEqual([[6 + 2 + 6 + 0.5, 7 + 3 + 7 - 0.5]])
  expect([...presence([3, 1, 3])]).toEqual([3, 1])
})

test('what classifiers refuse', async () => {
  const model = convolutionClassifier(sizes)
  const run = (): unknown => model.forward(padded([[1, 2, 3]]).x)
  expect(run).toThrow(ShapeError)
  expect(run).toThrow('sequences [1, 3] are shorter than the 5-grams it looks for; pad them to at least 5')
  expect(() => model.forward(padded([[1, 2, 3, 4, 99]]).x)).toThrow(IndexError)
  expect(() => convolutionClassifier({ ...sizes, widths: [] })).toThrow(OptionError)
  await expect(favouriteNgrams(model, [], vocabulary)).rejects.toThrow(DataError)
})
