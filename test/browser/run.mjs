/**
 * Bundles page.ts for browsers, trains in a real headless Chromium and compares with the same run in Node: in a page that may share
 * memory with threads, and in one that may not.
 */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

const bundle = async (entry, platform) => {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    conditions: ['chainrule-source'],
    format: 'esm',
    platform,
    write: false,
    logLevel: 'warning',
  })
  return result.outputFiles[0].text
}
// these fail when the core needs Node
const scripts = {
  '/page.js': await bundle('page.ts', 'browser'),
  '/training.js': await bundle('training.ts', 'browser'),
}
const inNodeText = Buffer.from(await bundle('page.ts', 'node')).toString('base64')
const here = await import(`data:text/javascript;base64,${inNodeText}`)

const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
const server = createServer((request, response) => {
  const script = scripts[request.url]
  if (request.url === '/isolated' || script)
    for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value)
  if (script) response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
  else
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>chainrule</title><script type="module" src="/page.js"></script>')
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
})
try {
  const inNode = [await here.trainABit('wasm', 5), await here.trainABit('wasm', 5, 3), await here.trainABit('js', 1)]
  const trained = await here.trainHere(5)
  let failed = 0
  let passed = 0
  const check = (good, text) => {
    if (good) passed++
    else failed++
    console.log(`${good ? 'ok' : 'FAILED'} ${text}`)
  }
  for (const [path, threads] of [
    ['isolated', 3],
    ['', 1],
  ]) {
    const tab = await browser.newPage()
    const errors = []
    tab.on('pageerror', error => errors.push(error.message))
    tab.on('console', message => message.type() === 'error' && errors.push(message.text()))
    await tab.goto(`http://127.0.0.1:${server.address().port}/${path}`)
    await tab.waitForFunction('globalThis.outcomes', undefined, { timeout: 30_000 })
    const inBrowser = await tab.evaluate('globalThis.outcomes')
    for (const message of errors.filter(e => !e.includes('favicon'))) check(false, `page: ${message}`)
    inBrowser.forEach((outcome, i) => {
      const worst = Math.max(...outcome.losses.map((loss, k) => Math.abs(loss / inNode[i].losses[k] - 1)))
      const good = worst < 1e-4 && (outcome.losses.length === 1 || outcome.losses.at(-1) < outcome.losses[0])
      check(
        good && outcome.threads === [1, threads, 1][i],
        `/${path} ${outcome.device}, threads ${outcome.threads}: losses ${outcome.losses.map(l => l.toFixed(5)).join(' ')}, off by ${worst.toExponential(1)} from Node, ${outcome.milliseconds.toFixed(0)} ms`,
      )
    })
    check(
      String(inBrowser[0].losses) === String(inBrowser[1].losses),
      `/${path} the same bits with ${inBrowser[0].threads} and ${inBrowser[1].threads} threads`,
    )
    const worker = await tab.evaluate('globalThis.inWorker')
    const off = Math.max(
      ...[...worker.losses, ...worker.bias].map((v, k) => Math.abs(v - [...trained.losses, ...trained.bias][k])),
    )
    check(
      worker.losses.length === 5 && off < 1e-4 && worker.blocked < 300,
      `/${path} training in a worker: off by ${off.toExponential(1)} from Node, page blocked for ${worker.blocked.toFixed(0)} ms at most`,
    )
    check(worker.reason === 'aborted', `/${path} a run in a worker can be aborted`)
    check(/^WorkerError: .*it was closed/.test(worker.lost), `/${path} a lost worker: ${worker.lost}`)
    await tab.close()
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  await browser.close()
  server.close()
}
