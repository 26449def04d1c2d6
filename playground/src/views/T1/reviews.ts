/** Reviews made by a rule: what is praised, how much, and whether it is meant or denied. */

const things = ['film', 'story', 'music', 'cast', 'ending', 'book']
const good = ['good', 'great', 'funny', 'moving', 'clever']
const bad = ['bad', 'dull', 'weak', 'slow', 'boring']
const degrees = ['', 'very', 'really', 'quite']
const openings = ['', 'i think', 'we thought that', 'to be honest']
const closings = ['', 'and i will watch it again', 'as my friend said', 'from start to end']

export interface Review {
  readonly text: string
  /** 1 for praise. */
  readonly label: 0 | 1
}
/** How many numbers in [0, 1) a review is made from. */
export const draws = 7

const pick = <T>(from: readonly T[], u: number): T => from[Math.min(from.length - 1, Math.floor(u * from.length))]!

/** Every second one is denied, which turns its meaning: no single word tells. */
export function reviewOf(u: ArrayLike<number>): Review {
  const denied = u[0]! < 0.5
  const praise = u[1]! < 0.5
  const word = pick(praise ? good : bad, u[2]!)
  const parts = [
    pick(openings, u[3]!),
    `the ${pick(things, u[4]!)} was`,
    denied ? 'not' : '',
    pick(degrees, u[5]!),
    word,
    pick(closings, u[6]!),
  ]
  return { text: parts.filter(Boolean).join(' '), label: praise !== denied ? 1 : 0 }
}
/** Every word that a review may have. */
export const words: readonly string[] = [
  ...new Set([...things, ...good, ...bad, ...degrees, ...openings, ...closings, 'the was not'].join(' ').split(' ')),
].filter(Boolean)
