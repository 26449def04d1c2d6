/**
 * A language model of the State of the Union addresses beside a Kneser–Ney 5-gram: characters, or words with --words. --full is
 * the real training (C compiler needed); without it a small network sees a little text, and the 5-gram is better.
 */
import { data, optim, random, setDevice, text } from 'chainrule'

const full = process.argv.includes('--full')
const tokenizer = process.argv.includes('--words') ? text.words : text.characters
const sizes = {
  characters: full ? { embedding: 64, hidden: 256 } : { embedding: 32, hidden: 128 },
  words: full ? { hidden: 256, tied: true } : { hidden: 64, tied: true },
}[tokenizer.name as 'characters' | 'words']
const run = { characters: { epochs: 1, learningRate: 4e-3 }, words: { epochs: 2, learningRate: 3e-3 } }[
  tokenizer.name as 'characters' | 'words'
]
if (full) await setDevice('native')
random.seed(1)

const speeches = await data.stateOfTheUnion()
const shorter = full ? 1 : 30
const tokensOf = (part: readonly data.Speech[]): string[] =>
  part.filter((_, i) => i % shorter === 0).flatMap(speech => [...tokenizer.tokenize(speech.text), '\n'])
const [learned, validated, held] = [speeches.train, speeches.validation, speeches.test].map(tokensOf)
const vocabulary = text.Vocabulary.of(learned!, { maxSize: full ? 5_000 : 2_000 })
const [train, validation, test] = [learned!, validated!, held!].map(tokens => vocabulary.encode(tokens))
console.log(`${train!.length} ${tokenizer.name} to train, ${test!.length} to test; vocabulary ${vocabulary.size}`)

const fiveGram = text.kneserNey(train!, { order: 5, vocabulary: vocabulary.size })
console.log(`Kneser-Ney 5-gram: test perplexity ${fiveGram.perplexity(test!).toFixed(3)}`)

const model = text.languageModel({ vocabulary: vocabulary.size, ...sizes })
const path = `runs/language-model/${tokenizer.name}.safetensors`
const started = performance.now()
for await (const event of text.trainLanguageModel(model, train!, {
  optimizer: optim.adam({ learningRate: run.learningRate }),
  schedule: steps => optim.oneCycle({ learningRate: run.learningRate, steps, rise: 0.1 }),
  epochs: run.epochs,
  streams: full ? 32 : 16,
  steps: tokenizer === text.characters ? (full ? 64 : 32) : 35,
  validate: validation!,
})) {
  const minutes = ((performance.now() - started) / 60_000).toFixed(1)
  const processor = (process.cpuUsage().user / 60e6).toFixed(1)
  if (event.type === 'epoch')
    console.log(`epoch ${event.epoch}: validation perplexity ${event.validation!.toFixed(3)} (${minutes} minutes)`)
  else if (full && event.step % 250 === 0) {
    console.log(
      `step ${event.step} of ${event.steps}: perplexity ${Math.exp(event.loss).toFixed(2)}, ${minutes} minutes, ${processor} of processors`,
    )
    await text.saveLanguageModel(path, { model, vocabulary, tokenizer })
  }
}
await text.saveLanguageModel(path, { model, vocabulary, tokenizer })
console.log(`LSTM: test perplexity ${(await text.perplexity(model, test!)).toFixed(3)}; kept as ${path}`)
