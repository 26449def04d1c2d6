/** A nursery rhyme whose next word often depends on words far back (traditional, in the public domain). */
const parts = [
  'the malt that lay in',
  'the rat that ate',
  'the cat that killed',
  'the dog that worried',
  'the cow with the crumpled horn that tossed',
  'the maiden all forlorn that milked',
  'the man all tattered and torn that kissed',
]
const end = 'the house that jack built .'

/** “The house that Jack built”, verse by verse. */
export const rhyme = [
  `this is ${end}`,
  ...parts.map(
    (_, i) =>
      `this is ${parts
        .slice(0, i + 1)
        .reverse()
        .join(' ')} ${end}`,
  ),
].join('\n')
