/**
 * From which time is a sentence of the State of the Union addresses? N-gram kernels beside a bag of words, on the same split. --mail
 * tells wanted from unwanted mail instead; --full learns from everything with five seeds (a C compiler helps).
 */
import { data, nn, optim, random, setDevice, tensor, text, train } from 'chainrule'

const full = process.argv.includes('--full')
const mail = process.argv.includes('--mail')
if (full) await setDevice('auto')

interface Example {
  readonly tokens: readonly string[]
  readonly label: number
}
const length = mail ? 256 : 40
const example = (content: string, label: number): Example => ({
  tokens: text.words.tokenize(content).slice(0, length),
  label,
})
const times = [1848, 1901, 1946]
const sentencesOf = (speeches: readonly data.Speech[]): Example[] =>
  speeches.flatMap(({ text: speech, year }) =>
    speech
      .split(/(?<=[a-z)"'][.?!]"?) (?=[A-Z"])/)
      .map(sentence => example(sentence, times.filter(time => year >= time).length))
      .filter(({ tokens }) => tokens.length >= 8),
  )
const mailsOf = (mails: readonly data.Mail[]): Example[] => mails.map(m => example(m.text, m.spam ? 1 : 0))
const parts = mail
  ? await data.spamAssassin().then(({ train, test }) => [mailsOf(train), mailsOf(test)])
  : await data.stateOfTheUnion().then(({ train, test }) => [sentencesOf(train), sentencesOf(test)])
const [learned, held] = full ? parts : parts.map(part => part.filter((_, i) => i % 10 === 0))

const vocabulary = text.Vocabulary.of(
  learned!.flatMap(e => e.tokens),
  { minCount: 2, special: ['<pad>'] },
)
const classes = mail ? ['wanted', 'unwanted'] : ['1790-1847', '1848-1900', '1901-1945', '1946-2021']
const numbers = (examples: readonly Example[]): Int32Array[] => examples.map(e => vocabulary.encode(e.tokens))
const dataset = (examples: readonly Example[]) =>
  data.arrays({
    x: text.padded(numbers(examples), { length }).x,
    y: tensor(Int32Array.from(examples, e => e.label)),
  })
const [learning, test] = [dataset(learned!), dataset(held!)]
console.log(`${learned!.length} to train, ${held!.length} to test, ${vocabulary.size} words`)

const sizes = { vocabulary: vocabulary.size, classes: classes.length }
type Classifier = text.BagOfWords | text.ConvolutionClassifier
/** Trains and gives the accuracy on the sentences that were held out. */
async function accuracyOf(model: Classifier, seed: number): Promise<number> {
  const learningRate = 3e-3
  await train.fit(model, learning, {
    loss: nn.crossEntropy,
    optimizer: optim.adam({ learningRate }),
    schedule: steps => optim.cosine({ learningRate, steps }),
    epochs: mail || model instanceof text.BagOfWords ? 6 : 3,
    batchSize: 64,
    seed,
  })
  return (await train.evaluate(model, test, { loss: nn.crossEntropy, metrics: [train.accuracy] })).accuracy!
}
const kinds = {
  'bag of words': () => text.bagOfWords(sizes),
  kernels: () => text.convolutionClassifier({ ...sizes, embedding: 48, kernels: 32 }),
  'kernels and bag': () => text.convolutionClassifier({ ...sizes, embedding: 48, kernels: 32, bag: true }),
}
const found: Record<string, number[]> = {}
let last: Classifier | undefined
for (let seed = 1; seed <= (full ? 5 : 1); seed++)
  for (const [kind, make] of Object.entries(kinds)) {
    random.seed(seed)
    last = make()
    const accuracy = await accuracyOf(last, seed)
    found[kind] = [...(found[kind] ?? []), accuracy]
    if (full) console.log(`seed ${seed}, ${kind}: ${accuracy.toFixed(4)}`)
  }
for (const [kind, accuracies] of Object.entries(found)) {
  const mean = accuracies.reduce((a, b) => a + b) / accuracies.length
  console.log(`${kind}: test accuracy ${mean.toFixed(4)}`)
}

const liked = await text.favouriteNgrams(last as text.ConvolutionClassifier, numbers(held!), vocabulary, { top: 3 })
for (const { width, kernel, ngrams, favours } of liked.sort((a, b) => b.weight - a.weight).slice(0, 8))
  console.log(`${width}-gram kernel ${kernel}, ${classes[favours]}: ${ngrams.map(n => n.tokens.join(' ')).join(' | ')}`)
