/** R1: a recurrent network as a model of language. */
import { text as words } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { integer, number, text } from '../../frame/schema.ts'
import { rhyme } from './corpus.ts'

export interface State {
  readonly corpus: string
  readonly prompt: string
  readonly hidden: number
  readonly lr: number
  readonly seed: number
}
export interface Derived {
  readonly tokens: number
  readonly vocabulary: number
  readonly parameters: number
}
export const model: Model<State, Derived> = {
  schema: {
    corpus: text('text to learn from', rhyme, 4000),
    prompt: text('read these words', 'this is the cat that', 200),
    hidden: integer('numbers in the hidden state', 24, { min: 2, max: 48 }),
    lr: number('learning rate', 0.01, { min: 0.001, max: 0.05, step: 0.001 }),
    seed: integer('seed', 1, { min: 0, max: 999 }),
  },
  derive({ corpus, hidden: h }) {
    const found = words.words
      .tokenize(corpus)
      .filter(t => t !== '\n')
      .slice(0, 1500)
    const tokens = found.length > 1 ? found : ['nothing', 'to', 'read']
    // words that never occur in the text share one number
    const v = new Set(tokens).size + 1
    // vectors; W, U and two biases; scores
    const parameters = v * h + (2 * h * h + 2 * h) + (v * h + v)
    return Promise.resolve({ tokens: tokens.length, vocabulary: v, parameters })
  },
  table: (_, { tokens, vocabulary, parameters }) => ({
    caption: 'Text and network',
    columns: ['quantity', 'value'],
    rows: [
      ['words in the text', tokens],
      ['different words, with one for unknown ones', vocabulary],
      ['parameters', parameters],
    ],
  }),
  code: ({ corpus, hidden }) => `import { nn, text } from 'chainrule'

const tokens = text.words.tokenize(${JSON.stringify(corpus)}).filter(t => t !== '\\n').slice(0, 1500)
const vocabulary = text.Vocabulary.of(tokens, { unknown: '<unk>' })
const layers = [nn.embedding(vocabulary.size, ${hidden}), nn.rnn(${hidden}, ${hidden}), nn.linear(${hidden}, vocabulary.size)]
console.log(tokens.length, vocabulary.size)
console.log(layers.flatMap(l => l.parameters()).reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0))
`,
  say: (_, { tokens, vocabulary }) => `The text has ${tokens} words, ${vocabulary - 1} of them different.`,
}
