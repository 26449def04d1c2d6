/**
 * The system's C compiler and what it makes code for. A compiler is asked once for its predefined macros, which tell its version
 * and every extension of this processor; the answer is remembered under the compiler's file and the processor, so that a start
 * with a warm cache runs no compiler.
 */
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { DeviceError } from '../../errors.ts'
import { type Cache, digestOf } from './cache.ts'
import type { Target } from './printer.ts'
import { type Sections, textOf, unitsOf } from './translation-units.ts'

/** The compiler, as a line of a shell would name it, and what it said. */
export interface Toolchain {
  readonly command: string
  readonly options: readonly string[]
  readonly version: string
  readonly target: Target
  /** Changes with the compiler, its options and what code the processor runs. */
  readonly identity: string
  /** Says which processor this is. */
  readonly processor: string
}

/** Kernels are written in vectors and their addresses are pointers that advance: the compiler need not look for either. */
const optimisation = [
  '-O2',
  '-fno-tree-vectorize',
  '-ffp-contract=fast',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fPIC',
  '-pthread',
  '-Wno-psabi',
]
const ofGcc = ['-fno-ivopts']
/** Loaded code is never unloaded: threads may be in it when the process ends. */
const linking = ['-shared', '-pthread', ...(process.platform === 'darwin' ? [] : ['-Wl,-z,nodelete'])]

/** What makes code for this very processor; older compilers for ARM know only the second. */
const native = [['-march=native'], ['-mcpu=native']]

/** Says which processor this is, as far as code is concerned. */
function processor(): string {
  if (process.platform !== 'linux') return `${process.arch} ${cpus()[0]?.model}`
  // the first processor's lines are enough, and a machine may have hundreds
  const bytes = Buffer.alloc(8192)
  try {
    const file = openSync('/proc/cpuinfo', 'r')
    try {
      const text = bytes.toString('utf8', 0, readSync(file, bytes))
      const lines = text.split('\n\n')[0]!.split('\n')
      return [process.arch, ...lines.filter(l => /^(model name|flags|Features|CPU \w+)\s*:/.test(l))].join('\n')
    } finally {
      closeSync(file)
    }
  } catch {
    return `${process.arch} ${cpus()[0]?.model}`
  }
}

/** Path of a command, as a shell would find it. */
function find(command: string, path: string): string | undefined {
  const candidates = command.includes('/') ? [command] : path.split(delimiter).map(folder => join(folder, command))
  return candidates.find(candidate => {
    try {
      accessSync(candidate, constants.X_OK)
      return statSync(candidate).isFile()
    } catch {
      return false
    }
  })
}

interface Answer {
  readonly options: readonly string[]
  readonly version: string
  readonly target: Target
  /** Digest of all macros. */
  readonly macros: string
}

const isAnswer = (value: unknown): value is Answer => {
  const { options, version, target, macros } = (value ?? {}) as Partial<Answer>
  return (
    Array.isArray(options) &&
    typeof version === 'string' &&
    typeof macros === 'string' &&
    [4, 8, 16].includes(target?.lanes as number)
  )
}

/** Vector registers by the macro that says they exist, best first. */
const widths: readonly (readonly [macro: string, lanes: number, registers: number])[] = [
  ['__AVX512F__', 16, 32],
  ['__AVX2__', 8, 16],
  ['__ARM_NEON', 4, 32],
  ['__SSE2__', 4, 16],
]

function ask(command: string, given: readonly string[]): Answer | string {
  let said = ''
  for (const options of native) {
    const { status, stdout, stderr, error } = spawnSync(command, [...given, ...options, '-dM', '-E', '-x', 'c', '-'], {
      input: '',
      encoding: 'utf8',
      timeout: 20_000,
    })
    if (status === null) return error?.message ?? 'it was killed'
    if (status !== 0) {
      said ||= stderr.trim().split('\n')[0] ?? ''
      continue
    }
    const macros = new Map([...stdout.matchAll(/^#define (\S+) (.*)$/gm)].map(([, name, value]) => [name!, value!]))
    const width = widths.find(([macro]) => macros.has(macro))
    if (!macros.has('__GNUC__') || !width) return 'it does not know vectors as GCC and Clang do'
    const [, lanes, registers] = width
    const name = macros.has('__clang__') ? 'clang' : 'gcc'
    const version = `${name} ${(macros.get('__VERSION__') ?? '').replaceAll('"', '').replace(/^.*?(?=\d)/, '')}`.trim()
    const fma = macros.has('__FMA__') || macros.has('__ARM_FEATURE_FMA')
    return { options, version, target: { lanes, registers, fma }, macros: digestOf(stdout) }
  }
  return said || 'it failed'
}

/** @throws DeviceError where there is no compiler that works */
export function findToolchain(cache: Cache, environment: NodeJS.ProcessEnv = process.env): Toolchain {
  const wanted = environment.CC?.trim()
  const reasons: string[] = []
  for (const line of wanted ? [wanted] : ['cc', 'gcc', 'clang']) {
    const [name, ...given] = line.split(/\s+/) as [string, ...string[]]
    const command = find(name, environment.PATH ?? '')
    if (!command) {
      reasons.push(wanted ? `CC is ${name}, which is not there` : `no ${name}`)
      continue
    }
    const { mtimeMs, size } = statSync(command)
    const key = JSON.stringify(['toolchain', realpathSync(command), mtimeMs, size, given, processor()])
    let answer = cache.note(key)
    if (!isAnswer(answer)) {
      answer = ask(command, given)
      if (!isAnswer(answer)) {
        reasons.push(`${command}: ${answer}`)
        continue
      }
      cache.keepNote(key, answer)
    }
    const { version, target, macros } = answer as Answer
    const own = version.startsWith('gcc') ? ofGcc : []
    const options = [...given, ...(answer as Answer).options, ...optimisation, ...own]
    const identity = digestOf(JSON.stringify([options, linking, macros]))
    return { command, options, version, target, identity, processor: processor() }
  }
  throw new DeviceError('native', `native: there is no C compiler (${reasons.join('; ')})`)
}

/** Compilers at the same time, beyond which there is little left to divide. */
const mostCompilers = 8

/** `sh -c compileAll sh folder compiler options…` makes an object of each .c in the folder, all at the same time. */
const compileAll = `
folder=$1
shift
for unit in "$folder"/*.c; do
  "$@" -c "$unit" -o "\${unit%.c}.o" &
  jobs="$jobs $!"
done
for job in $jobs; do wait $job || failed=1; done
[ -z "$failed" ]`

/** Units to a shared object. @throws DeviceError with the compiler's first complaint */
export function compileObject({ command, options }: Toolchain, units: readonly string[]): Uint8Array {
  const run = (program: string, args: readonly string[]): void => {
    const { status, stderr, error } = spawnSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      maxBuffer: 2 ** 26,
    })
    if (status === null) throw error ?? new Error('it was killed')
    if (status !== 0) throw new Error(stderr.split('\n').find(l => /error|fatal|space/i.test(l)) ?? `status ${status}`)
  }
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'chainrule-'))
    const path = (name: string): string => join(folder!, name)
    for (const [i, unit] of units.entries()) writeFileSync(path(`unit${i}.c`), unit)
    run('/bin/sh', ['-c', compileAll, 'sh', folder, command, ...options])
    run(command, [...options, ...linking, ...units.map((_, i) => path(`unit${i}.o`)), '-o', path('object.so'), '-lm'])
    return readFileSync(path('object.so'))
  } catch (error) {
    throw new DeviceError('native', `native: ${command} failed (${(error as Error).message.trim()})`)
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** Path of the shared object made of a source, from the cache where it is there. */
export function objectOf(cache: Cache, toolchain: Toolchain, source: string | Sections): string {
  const isOne = typeof source === 'string'
  const key = JSON.stringify(['object', toolchain.identity, digestOf(isOne ? source : textOf(source))])
  const units = (): readonly string[] =>
    isOne ? [source] : unitsOf(source, Math.min(availableParallelism(), mostCompilers))
  return cache.object(key) ?? cache.keepObject(key, compileObject(toolchain, units()))
}
