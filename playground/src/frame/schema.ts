/**
 * What a view's state is made of, and how it is written in an address: `w=1,2,3&act=sigmoid`. Every field parses any text: what
 * makes no sense is replaced by the nearest thing that does, and a note says so.
 */

/** A value, and what had to be changed to have one. */
export interface Parsed<T> {
  readonly value: T
  readonly note?: string
}
export interface Field<T> {
  readonly initial: T
  /** What people read beside it. */
  readonly title: string
  parse(text: string): Parsed<T>
  format(value: T): string
}
/** Least, greatest and usual difference of a number. */
export interface Limits {
  readonly min: number
  readonly max: number
  readonly step: number
}
export interface NumberField extends Field<number>, Limits {
  readonly kind: 'number'
}
export interface ChoiceField<T extends string> extends Field<T> {
  readonly kind: 'choice'
  readonly options: Readonly<Record<T, string>>
}
export interface FlagField extends Field<boolean> {
  readonly kind: 'flag'
}
export interface ListField extends Field<readonly number[]>, Limits {
  readonly kind: 'list'
}
export interface MatrixField extends Field<readonly (readonly number[])[]>, Limits {
  readonly kind: 'matrix'
}
export interface TextField extends Field<string> {
  readonly kind: 'text'
}

export type Schema<S> = { readonly [K in keyof S]: Field<S[K]> }

/** As short as a reader would write it: 0.1 + 0.2 is 0.3. */
export const short = (x: number): string => String(Number(x.toPrecision(9)))

const clampTo = (x: number, { min, max }: Limits): number => Math.min(max, Math.max(min, x))

/** One number out of a text, kept within limits; whole numbers where `step` is whole and `min` is too. */
function parseNumber(text: string, limits: Limits, initial: number, whole: boolean): Parsed<number> {
  const read = Number(text.trim().replace('−', '-'))
  if (text.trim() === '' || Number.isNaN(read)) return { value: initial, note: `“${text}” is not a number` }
  const value = clampTo(whole ? Math.round(read) : read, limits)
  return value === read ? { value } : { value, note: `${short(read)} became ${short(value)}` }
}

/** A number from `min` to `max`; `step` is what one press of an arrow key adds. */
export function number(title: string, initial: number, limits: Limits): NumberField {
  return {
    kind: 'number',
    title,
    initial,
    ...limits,
    parse: text => parseNumber(text, limits, initial, false),
    format: short,
  }
}
/** A whole number from `min` to `max`. */
export function integer(title: string, initial: number, { min, max }: Omit<Limits, 'step'>): NumberField {
  const limits = { min, max, step: 1 }
  return {
    kind: 'number',
    title,
    initial,
    ...limits,
    parse: text => parseNumber(text, limits, initial, true),
    format: short,
  }
}
/** One of a few words; `options` says how each is shown. */
export function choice<const T extends string>(
  title: string,
  options: Readonly<Record<T, string>>,
  initial: NoInfer<T>,
): ChoiceField<T> {
  return {
    kind: 'choice',
    title,
    initial,
    options,
    parse: text =>
      Object.hasOwn(options, text)
        ? { value: text as T }
        : { value: initial, note: `“${text}” is none of ${Object.keys(options).join(', ')}` },
    format: value => value,
  }
}
/** Yes or no, written 1 or 0. */
export function flag(title: string, initial = false): FlagField {
  return {
    kind: 'flag',
    title,
    initial,
    parse: text =>
      text === '1' || text === '0' ? { value: text === '1' } : { value: initial, note: `“${text}” is neither 1 nor 0` },
    format: value => (value ? '1' : '0'),
  }
}
export interface ListOptions extends Limits {
  /** How many there may be; as many as initially when not given. */
  readonly length?: readonly [least: number, most: number]
  readonly whole?: boolean
}
/** Numbers separated by commas. */
export function list(title: string, initial: readonly number[], options: ListOptions): ListField {
  const { min, max, step, length = [initial.length, initial.length], whole = false } = options
  const limits = { min, max, step }
  return {
    kind: 'list',
    title,
    initial,
    ...limits,
    parse(text) {
      const texts = text === '' ? [] : text.split(',')
      const read = texts
        .slice(0, length[1])
        .map((t, i) => parseNumber(t, limits, initial[i] ?? clampTo(0, limits), whole))
      const notes = read.flatMap(r => r.note ?? [])
      const value = read.map(r => r.value)
      if (texts.length > length[1]) notes.push(`${texts.length} numbers where ${length[1]} fit`)
      if (texts.length < length[0]) {
        notes.push(`${texts.length} numbers where ${length[0]} are needed`)
        for (let i = value.length; i < length[0]; i++) value.push(initial[i] ?? clampTo(0, limits))
      }
      return notes.length > 0 ? { value, note: notes.join('; ') } : { value }
    },
    format: value => value.map(short).join(','),
  }
}
export interface MatrixOptions extends Limits {
  /** Rows and columns may change between these. */
  readonly rows?: readonly [least: number, most: number]
  readonly columns?: readonly [least: number, most: number]
  readonly whole?: boolean
}
/** Rows separated by semicolons, numbers by commas. All rows have the length of the first. */
export function matrix(title: string, initial: readonly (readonly number[])[], options: MatrixOptions): MatrixField {
  const width = initial[0]!.length
  const { min, max, step, rows = [initial.length, initial.length], columns = [width, width], whole = false } = options
  const limits = { min, max, step }
  return {
    kind: 'matrix',
    title,
    initial,
    ...limits,
    parse(text) {
      const texts = text.split(';').map(row => row.split(','))
      const notes: string[] = []
      const height = Math.min(rows[1], Math.max(rows[0], texts.length))
      const across = Math.min(columns[1], Math.max(columns[0], texts[0]!.length))
      if (height !== texts.length) notes.push(`${texts.length} rows became ${height}`)
      if (texts.some(row => row.length !== across)) notes.push(`every row now has ${across} numbers`)
      const value = Array.from({ length: height }, (_, r) =>
        Array.from({ length: across }, (_, c) => {
          const fallback = initial[r]?.[c] ?? clampTo(0, limits)
          const cell = texts[r]?.[c]
          if (cell === undefined) return fallback
          const read = parseNumber(cell, limits, fallback, whole)
          if (read.note) notes.push(read.note)
          return read.value
        }),
      )
      return notes.length > 0 ? { value, note: notes.join('; ') } : { value }
    },
    format: value => value.map(row => row.map(short).join(',')).join(';'),
  }
}
/** Free text, at most `longest` characters. */
export function text(title: string, initial: string, longest: number): TextField {
  return {
    kind: 'text',
    title,
    initial,
    parse: written =>
      written.length <= longest
        ? { value: written }
        : { value: written.slice(0, longest), note: `cut after ${longest} characters` },
    format: value => value,
  }
}

/** The state that each field begins with. */
export function initialState<S>(schema: Schema<S>): S {
  return Object.fromEntries(Object.entries(schema).map(([key, field]) => [key, (field as Field<unknown>).initial])) as S
}

/** Keys that belong to the frame, not to a view. */
export const framesOwn: readonly string[] = ['v', 'hide', 'lock', 'theme']

/** Reads the part of an address after `#`. What it does not mention is as in `base`. */
export function parseState<S>(
  schema: Schema<S>,
  hash: string,
  base: S = initialState(schema),
): { state: S; notes: string[] } {
  const state = { ...base }
  const notes: string[] = []
  for (const [key, written] of new URLSearchParams(hash.replace(/^#/, ''))) {
    if (framesOwn.includes(key)) continue
    if (!Object.hasOwn(schema, key)) {
      notes.push(`there is no “${key}” here`)
      continue
    }
    const field = schema[key as keyof S]
    const { value, note } = field.parse(written)
    state[key as keyof S] = value
    if (note) notes.push(`${key}: ${note}`)
  }
  return { state, notes }
}

/** What `parseState` reads; fields that are as they begin are left out. */
export function formatState<S>(schema: Schema<S>, state: S): string {
  const pairs: string[] = []
  for (const key of Object.keys(schema) as (keyof S & string)[]) {
    const written = schema[key].format(state[key])
    if (written !== schema[key].format(schema[key].initial)) pairs.push(`${key}=${encode(written)}`)
  }
  return pairs.join('&')
}
/** Commas and semicolons stay readable. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll('%2C', ',').replaceAll('%3B', ';').replaceAll('%20', '+')
