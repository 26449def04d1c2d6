/** The program as one file, built from the sources, and a way to run it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
export const environment = { ...process.env, NO_COLOR: '1', CI: '1' }

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly lines: readonly string[]
}
export interface TestProgram {
  /** A temporary folder, to be removed. */
  readonly folder: string
  /** The file that Node runs. */
  readonly program: string
  /** Runs it from this folder, from which the package of digits is found. */
  run(...args: string[]): Ran
}

export async function buildProgram(): Promise<TestProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-cli-'))
  const program = join(folder, 'dist', 'cli', 'main.js')
  await build({
    entryPoints: [join(here, 'main.ts')],
    outfile: program,
    bundle: true,
    conditions: ['chainrule-source'],
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
    },
  })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ version: '1.2.3', type: 'module' }))
  return {
    folder,
    program,
    run(...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: here,
        env: environment,
        encoding: 'utf8',
      })
      return { status, stdout, stderr, lines: stdout.trimEnd().split('\n') }
    },
  }
}
