/**
 * What shape checking costs, in type instantiations of two networks beyond importing the library: a number that does not depend
 * on the machine. The library is seen as people get it, as declarations.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
const tsc = (...options: string[]): string =>
  execFileSync(process.execPath, [compiler, ...options], { cwd: packageFolder, encoding: 'utf8' })

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-types-'))
  tsc(
    '-p',
    'tsconfig.build.json',
    '--emitDeclarationOnly',
    '--declarationMap',
    'false',
    '--sourceMap',
    'false',
    '--outDir',
    join(folder, 'dist'),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Instantiations that checking a program takes. */
function instantiations(name: string, text: string): number {
  writeFileSync(join(folder, `${name}.ts`), text)
  const options = {
    target: 'es2023',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  }
  const project = join(folder, `${name}.json`)
  writeFileSync(project, JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }))
  const found = tsc('-p', project, '--extendedDiagnostics').match(/Instantiations:\s+(\d+)/)
  return Number(found![1])
}
const fixture = (name: string): string =>
  readFileSync(new URL(`types/${name}.ts`, import.meta.url), 'utf8')
    .replaceAll('../../src/', './dist/')
    .replaceAll(".ts'", ".js'")

test.each([
  ['lenet', 10_000],
  ['resnet50', 40_000],
])('%s takes less than %i instantiations', (name, budget) => {
  const alone = instantiations('alone', "export * as chainrule from './dist/index.js'\n")
  const net = instantiations(name, fixture(name)) - alone
  console.log(`${name}: ${net} type instantiations`)
  expect(net).toBeGreaterThan(1000)
  expect(net).toBeLessThan(budget)
})
