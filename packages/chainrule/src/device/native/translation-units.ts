/**
 * A program's C, divided into translation units that several compilers work on at the same time. What is inline or constant is in
 * every unit; a function (`OUT` in `prelude.ts`) is in one, and the others know its declaration. Functions that nothing calls are in
 * none.
 */

/** C whose functions may be anywhere. */
export interface Sections {
  /** Types, which declarations of functions need. */
  readonly prelude: string
  /** Tables and inline functions. */
  readonly shared: readonly string[]
  /** Each begins with `OUT` and has a name that occurs nowhere else as another word. */
  readonly functions: readonly string[]
  /** What the object is loaded for. */
  readonly entry: string
}

/** Characters of functions that are worth a compiler of their own. */
const enoughForOne = 40_000

/** Everything that units are made of. */
export const textOf = ({ prelude, shared, functions, entry }: Sections): string =>
  [prelude, ...shared, ...functions, entry].join('\n')

const isFunction = (text: string): boolean => /^\s*OUT\b/.test(text)
/** Parts of a file, in any order. */
export const functionsAmong = (parts: readonly string[]): Pick<Sections, 'shared' | 'functions'> => ({
  shared: parts.filter(text => !isFunction(text)),
  functions: parts.filter(isFunction),
})

const declarationOf = (text: string): string => text.slice(0, text.indexOf('{')).trim()
const nameOf = (text: string): string => /(\w+)\s*\(/.exec(declarationOf(text))![1]!

/** Functions that are called from `texts`, directly or not, in their own order. */
function called(functions: readonly string[], texts: readonly string[]): string[] {
  const byName = new Map(functions.map(text => [nameOf(text), text]))
  const found = new Set<string>()
  const waiting = [...texts]
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop())
    for (const [word] of text.matchAll(/[a-z_]\w*/gi)) {
      const next = byName.get(word)
      if (next === undefined || found.has(next)) continue
      found.add(next)
      waiting.push(next)
    }
  return functions.filter(text => found.has(text))
}

/** At most `most` units of about the same length, and not less than `least`, to be linked together. */
export function unitsOf(
  { prelude, shared, functions, entry }: Sections,
  most: number,
  least = enoughForOne,
): readonly string[] {
  const needed = called(functions, [...shared, entry])
  const length = needed.reduce((sum, text) => sum + text.length, 0)
  const count = Math.max(1, Math.min(most, Math.floor(length / least)))
  const units = Array.from({ length: count }, () => ({ length: 0, functions: [] as string[] }))
  for (const text of needed.toSorted((a, b) => b.length - a.length)) {
    const shortest = units.reduce((a, b) => (b.length < a.length ? b : a))
    shortest.functions.push(text)
    shortest.length += text.length
  }
  const head = [
    '#define OUT __attribute__((noinline, visibility("hidden")))',
    prelude,
    ...needed.map(text => `${declarationOf(text)};`),
    ...shared,
  ].join('\n')
  return units.map((unit, i) => [head, ...unit.functions, i === 0 ? entry : ''].join('\n'))
}
