/** `chainrule tune` as a person runs it. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compiler } from '../device/native/library.testing.ts'
import { buildProgram, environment, type TestProgram } from './program.testing.ts'

let built: TestProgram
beforeAll(async () => {
  built = await buildProgram()
})
afterAll(() => rmSync(built.folder, { recursive: true, force: true }))

/** Where the program finds koffi, which is not built in. */
const packages = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [built.program, 'tune', ...args], {
    cwd: import.meta.dirname,
    env: { ...environment, NODE_PATH: packages, CHAINRULE_CACHE: join(built.folder, 'cache'), ...more },
    encoding: 'utf8',
  })

describe('chainrule tune', () => {
  it('says what it does, and what is wrong', () => {
    expect(run(['--help']).stdout).toMatch(/keep in its\s+cache what is\s+quicker[\s\S]*--rounds/)
    const { status, stderr } = run(['--rounds', '0'])
    expect(status).toBe(2)
    expect(stderr).toContain('It must be a whole number >= 1.')
  })
  it('ends with one line where there is no compiler', () => {
    const { status, stderr } = run(['--rounds', '1'], {
      CC: '/nonexistent',
      CHAINRULE_CACHE: join(built.folder, 'none'),
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: native: .*\n$/)
  })
  it.runIf(compiler)('prints what was chosen, what is best, and where it is kept', () => {
    const { status, stdout, stderr } = run(['--rounds', '1', '-b', '2', '--of', 'inference'])
    expect([status, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^ +ms +model +ms +best +of +gain +kept +kernel$/)
    expect(stdout).toMatch(
      /^0\.\d{3} +\w+ +0\.\d{3} +\w[\w ]* +\d+ +\d\.\d\d× .*conv add relu \(m 6, n 2·28·28, k 1·5·5\)$/m,
    )
    expect(lines.at(-2)).toMatch(/^whole batch: \d+\.\d{3} ms as the model chooses, \d+\.\d{3} ms with the best$/)
    expect(lines.at(-1)).toMatch(
      /^(\d+ of \d+ choices kept in .*cache; programs that start now use them|nothing is kept: the model chose well)$/,
    )
  })
})
