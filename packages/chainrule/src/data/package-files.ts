/** Files that an npm package ships, wherever it is installed. */
import { DataError } from '../errors.ts'
import { builtin, readFile, reason } from '../io/files.ts'

/** Where an npm package is installed, seen from the working folder or from this library. */
export function packageFolder(name: string): string | undefined {
  const module = builtin('node:module')
  const path = builtin('node:path')
  if (!module || !path) return undefined
  for (const from of [path.join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return path.dirname(module.createRequire(from).resolve(`${name}/package.json`))
    } catch {
      // not installed there
    }
  }
  return undefined
}

/** A set of texts that a package ships as JSON files. */
export interface PackagedTexts {
  /** For people: `the State of the Union addresses`. */
  readonly title: string
  readonly package: string
  /** Folders below the package's. */
  readonly folders: readonly string[]
}
export interface PackagedFile {
  readonly path: string
  /** The folder it is in, as the set names it. */
  readonly folder: string
  readonly content: unknown
}

/**
 * Every JSON file of the set, by folder and name. `at` is the package's folder when it is not where npm puts it.
 * @throws DataError saying what to install when there are none, or which file is broken
 */
export async function packagedTexts(
  { title, package: name, folders }: PackagedTexts,
  at = packageFolder(name),
): Promise<{ readonly files: readonly PackagedFile[]; readonly origin: string }> {
  const fs = builtin('node:fs')?.promises
  const path = builtin('node:path')
  const missing = (): DataError =>
    new DataError(`${title} were not found; install the package that ships them: npm install ${name}`, name)
  if (!fs || !path || at === undefined) throw missing()
  const files: PackagedFile[] = []
  for (const folder of folders) {
    const inside = path.join(at, folder)
    const names = await fs.readdir(inside).catch(() => {
      throw missing()
    })
    const json = names.filter(n => n.endsWith('.json')).sort()
    files.push(...(await Promise.all(json.map(n => readJson(path.join(inside, n), folder, name)))))
  }
  if (files.length === 0) throw missing()
  return { files, origin: `the npm package ${name} in ${at}` }
}

async function readJson(path: string, folder: string, name: string): Promise<PackagedFile> {
  try {
    return { path, folder, content: JSON.parse(new TextDecoder().decode(await readFile(path))) }
  } catch (error) {
    throw new DataError(`${path} cannot be read: ${reason(error)}; install the package ${name} again`, path, {
      cause: error,
    })
  }
}

/** The fields of a file that must be texts or numbers. @throws DataError naming the one that is not */
export function fieldsOfFile<T extends Readonly<Record<string, 'string' | 'number'>>>(
  { path, content }: PackagedFile,
  types: T,
): { [K in keyof T]: T[K] extends 'string' ? string : number } {
  const fields = content as Readonly<Record<string, unknown>> | null
  for (const [field, type] of Object.entries(types))
    if (typeof fields?.[field] !== type)
      throw new DataError(`${path} has no ${field} that is a ${type}; is it another data set?`, path)
  return fields as { [K in keyof T]: T[K] extends 'string' ? string : number }
}
