/**
 * chainrule beside its peers, in one run on one machine. Every participant of a row is a process of its own with as many
 * threads as the row says; they take turns for several rounds and the best run of each counts, once its numbers agree with the first's.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { charts } from './charts.mjs'
import { childEnvironment, installed, nodes, python, torchVersion } from './peers.mjs'
import { rowLines, summary } from './report.mjs'
import { rows } from './rows.mjs'

const usage = `Usage: node bench/run.mjs [options]

Measures chainrule (build it first: npm run build) and the peers that bench/install.mjs installed.

  --rows a,b           only rows whose id contains one of these: lenet, mlp, resnet18, lstm, matmul, conv, 2-threads, cold, trace,
                       memory, zoo, bundle; shape (the no-cliff check), random (networks drawn from a seed), growth (curves)
  --participants a,b   only participants whose name contains one of these
  --node newest|this   one Node instead of both
  --library file       another build of chainrule: its index.js
  --quick              two short rounds instead of six
  --json file          write everything measured as JSON ("-" for standard output)
  --charts folder      draw the ratios and the curves as SVG
  --list               list the rows
  --help`

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string' },
    participants: { type: 'string' },
    node: { type: 'string' },
    library: {
      type: 'string',
      default: fileURLToPath(new URL('../packages/chainrule/dist/index.js', import.meta.url)),
    },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    charts: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const rounds = options.quick ? 2 : 6
const milliseconds = options.quick ? 150 : 300
/** A run slower than this is repeated in the first two rounds only. */
const slow = 1000
const patience = 300_000

const file = name => fileURLToPath(new URL(`./participants/${name}`, import.meta.url))
const available = nodes()
const library = resolve(options.library)

/** Per participant: its version (undefined when missing) and the command line after `node`. */
const npm = (packageName, ...command) => ({ version: installed(packageName), command })
const own = device => ({
  version: existsSync(join(dirname(library), `device/${device}/device.js`)) ? 'dist' : undefined,
  command: ['chainrule.mjs', pathToFileURL(library).href, device],
})
const javascript = {
  ceiling: { version: 'f32x4', command: ['ceiling.mjs'] },
  peak: { version: 'cc', command: ['peak.mjs'] },
  chainrule: own('wasm'),
  native: own('native'),
  'brain.js': npm('brain.js', 'brain.mjs'),
  convnetjs: npm('convnetjs', 'convnet.mjs'),
  'jax-js': npm('@jax-js/jax', 'jax-js.mjs'),
  'onnxruntime-node': npm('onnxruntime-node', 'onnxruntime-node.mjs'),
  'onnxruntime-web': npm('onnxruntime-web', 'onnxruntime-web.mjs'),
  'tfjs-cpu': npm('@tensorflow/tfjs', 'tfjs.mjs', 'cpu'),
  'tfjs-wasm': npm('@tensorflow/tfjs-backend-wasm', 'tfjs.mjs', 'wasm'),
}
const torch = torchVersion()
const pytorch = {
  pytorch: [file('pytorch.py')],
  'pytorch-onednn': [file('pytorch.py'), '--onednn-linear'],
}

/** Not peers: what the machine could do at most. */
const walls = ['ceiling', 'peak']

/** Command of a participant such as `tfjs-wasm @newest`, or undefined when this machine or the options lack it. */
function commandOf(participant) {
  const [name, where] = participant.split(' @')
  const isPeer = !walls.includes(name)
  if (isPeer && options.participants && !options.participants.split(',').some(part => participant.includes(part)))
    return undefined
  if (where === undefined) return torch && [python, pytorch[name]]
  if (isPeer && options.node && options.node !== where) return undefined
  const { version, command } = javascript[name]
  const node = available[where]
  return version && node && [node.path, [file(command[0]), ...command.slice(1)]]
}

/** A participant's process; `ask` sends one request and waits for the reply. */
function start([executable, args], { threads, emptyCache }) {
  const cache = emptyCache && mkdtempSync(join(tmpdir(), 'chainrule-bench-'))
  const env = { ...childEnvironment(threads), ...(cache && { CHAINRULE_CACHE: cache }) }
  const child = spawn(executable, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  if (cache) child.once('exit', () => rmSync(cache, { recursive: true, force: true }))
  const noise = []
  child.stderr.on('data', chunk => noise.push(chunk))
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  const ask = request =>
    new Promise(resolve => {
      const finish = answer => {
        clearTimeout(timer)
        lines.off('line', received)
        child.off('exit', died)
        resolve(answer)
      }
      const received = line => finish(JSON.parse(line))
      const died = code => finish({ error: `exit ${code}: ${Buffer.concat(noise).toString().slice(-600)}` })
      const timer = setTimeout(() => {
        child.kill()
        finish({ error: `no answer in ${patience / 1000} s` })
      }, patience)
      lines.once('line', received)
      child.once('exit', died)
      child.stdin.write(`${JSON.stringify(request)}\n`)
    })
  return { ask, stop: () => child.kill() }
}

/** Largest difference of two samples, relative to the reference's largest magnitude. */
function distance(sample, reference) {
  const scale = Math.max(...reference.map(Math.abs), 1e-30)
  const differences = reference.map((value, i) => Math.abs(value - sample[i]) / scale)
  return differences.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...differences)
}

/** Measures a row: [{ participant, best, cannot, error, wrong }]. */
async function measure(row, peaks) {
  const results = []
  const running = []
  const problem = { ...row.problem, flops: row.flops }
  let reference
  for (const participant of row.participants) {
    const command = commandOf(participant)
    if (!command) continue
    const child = start(command, row)
    const answer = await child.ask({ prepare: problem })
    const result = {
      participant,
      ...(answer.note && { note: answer.note }),
      ...(answer.cannot && { cannot: answer.cannot }),
      ...(answer.error && { error: answer.error }),
    }
    results.push(result)
    if (answer.check) {
      reference ??= answer.check
      result.difference = distance(answer.check, reference)
      if (result.difference > (row.tolerance ?? 1e-4)) result.wrong = true
    }
    if (result.cannot || result.error || result.wrong) {
      child.stop()
      continue
    }
    result.best = answer.best ?? Number.POSITIVE_INFINITY
    if (answer.planned) result.planned = answer.planned
    running.push({ child, command, result })
  }
  for (let round = 0; round < rounds; round++) {
    for (const entry of running) {
      const { result } = entry
      if (result.error || (round >= 2 && result.best > slow)) continue
      if (row.once) {
        entry.child.stop()
        entry.child = start(entry.command, row)
      }
      const request = row.once ? { prepare: problem } : { measure: { milliseconds, atLeast: 1 } }
      const { best, runs, error } = await entry.child.ask(request)
      if (error) result.error = error
      else {
        result.best = Math.min(result.best, best)
        result.runs = (result.runs ?? 0) + (runs ?? 1)
      }
    }
  }
  for (const { child } of running) child.stop()
  for (const result of results) {
    if (result.error || result.wrong) delete result.best
    if (result.best && row.flops) {
      result.gigaflops = row.flops / result.best / 1e6
      const peak = peakOf(result.participant, peaks)
      if (peak) result.percent = (100 * result.gigaflops) / (peak * (row.threads ?? 1))
    }
  }
  return results
}

/** Multiply-adds in registers and nothing else, in GF/s: what WebAssembly and native code could reach at most. */
async function measurePeaks() {
  const flops = 4e9
  const peaks = {}
  for (const participant of ['ceiling @newest', 'ceiling @this', 'peak @this']) {
    const [result] = await measure(
      { problem: {}, flops, once: participant.startsWith('peak'), participants: [participant] },
      {},
    )
    peaks[participant] = result?.gigaflops
  }
  return { wasm: peaks['ceiling @newest'] ?? peaks['ceiling @this'], native: peaks['peak @this'] }
}
const inWasm = /^(chainrule|tfjs-wasm|onnxruntime-web|jax-js)/
const inNative = /^(native|pytorch|onnxruntime-node)/
function peakOf(participant, peaks) {
  if (inWasm.test(participant)) return peaks.wasm
  return inNative.test(participant) ? peaks.native : undefined
}

async function main() {
  if (options.help) return console.log(usage)
  if (options.node && !(options.node in available)) throw new Error(`--node ${options.node}: expected newest or this`)
  const wanted = options.rows?.split(',')
  const chosen = rows.filter(({ id }) => !wanted || wanted.some(part => id.includes(part)))
  if (options.list) return console.log(chosen.map(({ id, title }) => `${id.padEnd(44)} ${title}`).join('\n'))
  if (chosen.length === 0) throw new Error(`--rows ${options.rows}: no such row; --list shows them`)

  const versions = Object.fromEntries(Object.entries(javascript).map(([name, { version }]) => [name, version]))
  const machine = { cpu: cpus()[0]?.model.trim(), this: available.this.version, newest: available.newest?.version }
  const print = options.json === '-' ? console.error : console.log
  print(
    `${machine.cpu}; Node @this ${machine.this}, @newest ${machine.newest ?? 'missing'}; PyTorch ${torch ?? 'missing'}`,
  )
  const load = loadavg()[0] ?? 0
  if (load > availableParallelism() / 2) print(`this machine is busy (load ${load.toFixed(1)}): times will be too long`)
  const missing = Object.keys(versions).filter(name => !versions[name])
  if (missing.length > 0) print(`missing: ${missing.join(', ')}`)
  print('"faster" is how many times faster chainrule is than that participant, on each Node.\n')

  const peaks = await measurePeaks()
  const gigaflops = value => (value ? `${value.toFixed(1)} GF/s` : 'unknown')
  print(`peak of one thread: WebAssembly ${gigaflops(peaks.wasm)}, native ${gigaflops(peaks.native)}\n`)
  const measured = []
  for (const row of chosen) {
    const results = await measure(row, peaks)
    measured.push({ row, results })
    for (const line of rowLines(row, results)) print(line)
  }
  const verdicts = summary(measured)
  print('')
  for (const { text } of verdicts) print(text)
  if (options.charts) for (const file of await charts(measured, options.charts)) print(`wrote ${file}`)
  if (options.json) {
    const entries = measured.map(({ row: { id, title, flops, threads = 1 }, results }) => ({
      id,
      title,
      flops,
      threads,
      results,
    }))
    const text = JSON.stringify(
      { machine, peaks, versions: { ...versions, pytorch: torch }, rows: entries, verdicts },
      null,
      2,
    )
    if (options.json === '-') console.log(text)
    else writeFileSync(options.json, `${text}\n`)
  }
}

main().catch(error => {
  console.error(error.message)
  process.exit(1)
})
