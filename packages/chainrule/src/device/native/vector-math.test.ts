/** Largest errors of the C functions against float64, for each vector width, compiled by the system's compiler where there is one. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { erf } from '../../compile/javascript-math.ts'
import { points, ulps } from '../accuracy.testing.ts'
import { prelude } from './prelude.ts'
import { File } from './printer.ts'
import { requireMath } from './vector-math.ts'

const compiler = process.env.CC ?? 'cc'
const hasCompiler = spawnSync(compiler, ['--version']).status === 0

const functions: Record<string, { exact: (x: number) => number; bound: number; at: Float32Array }> = {
  v_exp: { exact: Math.exp, bound: 1.01, at: points(-105, 90) },
  v_log: { exact: Math.log, bound: 0.9, at: points(0, 4) },
  v_sigmoid: { exact: x => 1 / (1 + Math.exp(-x)), bound: 2.3, at: points(-105, 30) },
  v_tanh: { exact: Math.tanh, bound: 1.3, at: points(-10, 10) },
  v_erf: { exact: erf, bound: 1.2, at: points(-5, 5) },
  v_sin: { exact: Math.sin, bound: 1.6, at: points(-1e4, 1e4, -149, 13) },
  v_cos: { exact: Math.cos, bound: 1.6, at: points(-1e4, 1e4, -149, 13) },
}
const special = Float32Array.of(
  0,
  -0,
  1,
  -1,
  NaN,
  Infinity,
  -Infinity,
  1e-40,
  -1e-40,
  3e38,
  -3e38,
  0.5,
  2,
  -2,
  88,
  -104,
)

const folder = hasCompiler ? mkdtempSync(join(tmpdir(), 'vector-math-')) : ''
afterAll(() => {
  if (hasCompiler) rmSync(folder, { recursive: true })
})

/** A program that reads float32 numbers (a multiple of 16 of them) and writes what each function makes of them, one after the other. */
function build(lanes: number): string {
  const file = new File({ lanes, registers: 32, fma: true })
  const calls = Object.keys(functions).map(name => {
    const called = requireMath(file, name)
    return `  for (long i = 0; i < n; i += L) st((char*)(y + i), ${called}(ld((char*)(x + i))));
  fwrite(y, 4, n, stdout);`
  })
  const source = join(folder, `math${lanes}.c`)
  writeFileSync(
    source,
    `#include <stdio.h>
#include <stdlib.h>
${prelude(file.target)}
${file.text()}
int main(int argc, char** argv) {
  const long n = atol(argv[1]);
  float *x = malloc(4 * n), *y = malloc(4 * n);
  if (!x || !y || fread(x, 4, n, fopen(argv[2], "rb")) != (size_t)n) return 1;
${calls.join('\n')}
  return 0;
}
`,
  )
  const program = join(folder, `math${lanes}`)
  execFileSync(compiler, [
    '-O2',
    '-march=native',
    '-ffp-contract=fast',
    '-fno-math-errno',
    '-fno-trapping-math',
    '-Wno-psabi',
    source,
    '-o',
    program,
  ])
  return program
}

/** What a function makes of some numbers. */
function run(program: string, name: string, x: Float32Array): Float32Array {
  const input = join(folder, 'input')
  writeFileSync(input, new Uint8Array(x.buffer, x.byteOffset, x.byteLength))
  const at = Object.keys(functions).indexOf(name)
  const { stdout } = spawnSync(program, [`${x.length}`, input], { maxBuffer: 2 ** 30 })
  expect(stdout.length).toBe(Object.keys(functions).length * x.byteLength)
  const bytes = stdout.subarray(at * x.byteLength, (at + 1) * x.byteLength)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

describe.runIf(hasCompiler).each([16, 8, 4])('C functions with %i lanes', lanes => {
  let program: string
  test('compile', () => {
    program = build(lanes)
    expect(readFileSync(program).length).toBeGreaterThan(0)
  })
  test.each(Object.keys(functions))('%s', name => {
    const { exact, bound, at } = functions[name]!
    const worst = { error: 0, at: 0 }
    run(program, name, at).forEach((got, i) => {
      const error = ulps(got, exact(at[i]!))
      if (error > worst.error) Object.assign(worst, { error, at: at[i]! })
    })
    expect(worst.error, `at ${worst.at}`).toBeLessThanOrEqual(bound)
    if (name === 'v_sin' || name === 'v_cos') return // far beyond the range that is stated
    run(program, name, special).forEach((got, i) => {
      expect(ulps(got, exact(special[i]!)), `${name}(${special[i]}) = ${got}`).toBeLessThanOrEqual(bound)
    })
  })
})
