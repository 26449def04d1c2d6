/** T1: convolution over words. */
import type { Model } from '../../frame/define.ts'
import { integer, number, text } from '../../frame/schema.ts'
import { words } from './reviews.ts'

export interface State {
  readonly sentence: string
  readonly kernel: number
  /** The word at which the kernel stands, from 1; 0 is where its answer is largest. */
  readonly place: number
  readonly lr: number
  readonly seed: number
}
export interface Derived {
  /** Words of the sentence, as the network reads them; unknown ones are `<unk>`. */
  readonly tokens: readonly string[]
  readonly vocabulary: number
  readonly parameters: number
}
/** Numbers of a word's vector; the widths of kernels, and how many of each; classes. */
export const sizes = { embedding: 6, widths: [2, 3, 4, 5], kernels: 3, classes: 2 } as const
/** Of all widths. */
export const kernelCount = sizes.kernels * sizes.widths.length
/** Words of a sentence that are read: the longest review has so many. */
export const length = 16
/** The padding and the unknown word come first. */
export const special = ['<pad>', '<unk>'] as const

const known = new Set(words)
export const tokensOf = (sentence: string): string[] => {
  const found =
    sentence
      .toLowerCase()
      .match(/[\p{L}\p{N}’'-]+/gu)
      ?.slice(0, length) ?? []
  return found.map(t => (known.has(t) ? t : special[1]))
}

/** Where the kernel stands, from 0; undefined where the sentence is shorter than it. */
export const standsAt = (
  place: number,
  { width, best }: { readonly width: number; readonly best: number | undefined },
  words: number,
): number | undefined => {
  const last = words - width
  if (last < 0) return undefined
  return place === 0 ? (best ?? 0) : Math.min(place - 1, last)
}

export const model: Model<State, Derived> = {
  schema: {
    sentence: text('read this', 'the film was not very good', 200),
    kernel: integer('kernel', 4, { min: 1, max: kernelCount }),
    place: integer('stands at word (0: where z is largest)', 0, { min: 0, max: length }),
    lr: number('learning rate', 0.01, { min: 0.001, max: 0.05, step: 0.001 }),
    seed: integer('seed', 2, { min: 0, max: 999 }),
  },
  derive({ sentence }) {
    const { embedding, widths, kernels, classes } = sizes
    const vocabulary = words.length + special.length
    // vectors; weights and a bias for each kernel; scores
    const parameters =
      vocabulary * embedding +
      widths.reduce((n, width) => n + kernels * (width * embedding + 1), 0) +
      classes * (kernelCount + 1)
    return Promise.resolve({ tokens: tokensOf(sentence), vocabulary, parameters })
  },
  table: (_, { tokens, vocabulary, parameters }) => ({
    caption: 'Sentence and network',
    columns: ['quantity', 'value'],
    rows: [
      ['words that are read', tokens.length],
      ['words it knows, with one for all others and one for nothing', vocabulary],
      ['parameters', parameters],
    ],
  }),
  code: () => `import { text } from 'chainrule'

const model = text.convolutionClassifier({
  vocabulary: ${words.length + special.length}, classes: ${sizes.classes}, embedding: ${sizes.embedding}, widths: [${sizes.widths}], kernels: ${sizes.kernels}, dropout: 0,
})
console.log(model.parameters().reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0))
`,
  say: ({ kernel }, { tokens }) => `${tokens.length} words are read; kernel ${kernel} is looked at.`,
}
