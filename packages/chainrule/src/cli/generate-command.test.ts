import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as random from '../tensor/random.ts'
import { characters, languageModel, saveLanguageModel, Vocabulary } from '../text/index.ts'
import { buildProgram, type TestProgram } from './program.testing.ts'

let folder: string
let run: TestProgram['run']
let model: string
beforeAll(async () => {
  ;({ folder, run } = await buildProgram())
  model = join(folder, 'model.safetensors')
  random.seed(5)
  const vocabulary = Vocabulary.of([...'abc \n'])
  await saveLanguageModel(model, {
    model: languageModel({ vocabulary: vocabulary.size, hidden: 8 }),
    vocabulary,
    tokenizer: characters,
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('writes text that begins with the prompt, the same for the same seed', () => {
  const text = (...options: string[]): string => {
    const { status, stdout, stderr } = run('generate', '-c', model, '-p', 'ab', '-n', '30', ...options)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    return stdout
  }
  const first = text('-s', '1')
  expect(first).toMatch(/^ab[abc \n]{30}\n$/)
  expect(text('-s', '1', '--top-p', '1')).toBe(first)
  expect(text('-t', '0')).toBe(text('--beam', '1'))
})

it('says what is wrong', () => {
  const fails = (status: number, text: string, ...options: string[]): void => {
    const ran = run('generate', ...options)
    expect(ran.status).toBe(status)
    expect(ran.stderr).toContain(text)
  }
  fails(
    1,
    'there is no language model nowhere.safetensors; make one with examples/language-model.ts',
    '-c',
    'nowhere.safetensors',
  )
  fails(2, 'It must be a number >= 0.', '-t', '-1')
  fails(2, "option '--beam <n>' cannot be used with option '--top-k <k>'", '-c', model, '--beam', '2', '--top-k', '3')
  expect(run('generate', '-c', model, '-p', 'xa', '-n', '1').stderr).toBe('chainrule: the model does not know "x"\n')
  expect(run('generate', '--help').stdout).toMatch(/--prompt.*--temperature.*--top-k.*--top-p.*--beam.*--seed/s)
})
