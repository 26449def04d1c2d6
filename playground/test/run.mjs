/**
 * The built playground in a real Chromium: the lecture's numbers from the page, addresses, keys, accessibility in both themes, narrow
 * windows, other people's pages, a page from a disk. `node playground/test/run.mjs [slug …]` looks at some views only.
 */
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { badConditions } from './bad-conditions.mjs'
import { embeddedSizes } from './budget.mjs'
import { goldens } from './goldens.mjs'
import { sandboxPage } from './sandbox.mjs'
import { dist, launch, serve } from './site.mjs'
import { teachPage } from './teach.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const only = process.argv.slice(2)
const slugs = (await readdir(`${dist}lecture`))
  .map(file => file.replace('.html', ''))
  .filter(slug => only.length === 0 || only.includes(slug))

let passed = 0
const failures = []
const check = (good, text) => {
  if (good) passed++
  else {
    failures.push(text)
    console.log(`FAILED ${text}`)
  }
}
const site = await serve(undefined, { 'access-control-allow-origin': '*' })
const browser = await launch()

/** A tab whose errors are collected. */
async function open(options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  })
  const tab = await context.newPage()
  const errors = []
  tab.on('pageerror', error => errors.push(error.message))
  tab.on('console', message => message.type() === 'error' && errors.push(message.text()))
  return { tab, errors, close: () => context.close() }
}
const ready = (tab, selector = '.view[data-ready]') =>
  tab.waitForSelector(selector, { timeout: 20_000, state: 'attached' })
/** Nothing is being computed whose answer would change the page by itself. */
const settled = tab =>
  tab.waitForFunction(() => !document.querySelector('.view[aria-busy=true], .view [aria-busy=true]'), undefined, {
    timeout: 60_000,
  })
const values = (tab, among = '') =>
  tab.evaluate(
    selector => [...document.querySelectorAll(selector)].map(e => `${e.dataset.q ?? ''}=${e.dataset.value}`),
    `[data-value]${among}`,
  )
/** Violations that axe finds, as text. */
async function violations(tab) {
  await tab.evaluate(axe)
  const found = await tab.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations.map(
    v =>
      `${v.id}: ${v.nodes
        .map(n => n.target.join(' '))
        .slice(0, 3)
        .join(', ')}`,
  )
}

/** Changes the first thing a keyboard can change; true when it did change the numbers. */
async function changeByKeyboard(tab) {
  await settled(tab)
  const before = String(await values(tab))
  for (let tabs = 0; tabs < 60; tabs++) {
    await tab.keyboard.press('Tab')
    const kind = await tab.evaluate(() => {
      const e = document.activeElement
      return e?.closest('.view') ? (e.getAttribute('role') ?? (e.type || e.localName)) : undefined
    })
    if (['spinbutton', 'slider', 'range', 'select-one'].includes(kind)) {
      for (const key of ['ArrowUp', 'ArrowDown', 'ArrowDown']) {
        await tab.keyboard.press(key)
        for (let waits = 0; waits < 10; waits++) {
          await tab.waitForTimeout(30)
          if (String(await values(tab)) !== before) return true
        }
      }
    }
  }
  return false
}

async function lookAt(slug) {
  const { tab, errors, close } = await open()
  try {
    await tab.goto(`${site.origin}lecture/${slug}.html`)
    await ready(tab)
    check((await values(tab)).length > 0, `${slug}: numbers carry data-value`)
    for (const colorScheme of ['light', 'dark']) {
      await tab.emulateMedia({ colorScheme })
      const found = await violations(tab)
      check(found.length === 0, `${slug}: accessible in ${colorScheme} — ${found.join('; ')}`)
    }
    check(await changeByKeyboard(tab), `${slug}: a keyboard alone changes the numbers`)
    // the address now says what is on screen
    await tab.waitForFunction(() => location.hash.length > 1, undefined, { timeout: 5000 }).catch(() => {})
    await tab.waitForTimeout(400)
    const address = tab.url()
    check(address.includes('#') && !address.endsWith('#'), `${slug}: the state is in the address`)
    await settled(tab)
    await tab.waitForTimeout(200)
    const here = await values(tab)
    const second = await open()
    await second.tab.goto(address)
    await ready(second.tab)
    await second.tab
      .waitForFunction(n => document.querySelectorAll('[data-value]').length === n, here.length, { timeout: 5000 })
      .catch(() => {})
    await settled(second.tab)
    const there = await values(second.tab)
    check(String(here) === String(there), `${slug}: the same address shows the same numbers bit for bit`)
    await second.tab.setViewportSize({ width: 320, height: 700 })
    await second.tab.waitForTimeout(100)
    const width = await second.tab.evaluate(() => document.documentElement.scrollWidth)
    check(width <= 320, `${slug}: ${width} px wide in a window of 320`)
    await second.tab.goto('about:blank')
    await second.tab.goto(`${site.origin}embed/${slug}.html#nonsense=1`)
    await ready(second.tab)
    check(
      (await second.tab.locator('.notes').innerText()).includes('nonsense'),
      `${slug}: nonsense in the address is said`,
    )
    for (const message of [...errors, ...second.errors]) check(false, `${slug}: console: ${message}`)
    await second.close()
  } catch (error) {
    check(false, `${slug}: ${error.message.split('\n')[0]}`)
  } finally {
    await close()
  }
}

async function readGoldens() {
  const { tab, close } = await open()
  for (const { view, state = '', q, value, within = 0 } of goldens.filter(g => slugs.includes(g.view))) {
    await tab.goto('about:blank')
    await tab.goto(`${site.origin}lecture/${view}.html#${state}`)
    await ready(tab)
    const read = await tab.evaluate(name => document.querySelector(`[data-q="${name}"][data-value]`)?.dataset.value, q)
    const off = Math.abs(Number(read) - value)
    check(read !== undefined && off <= within, `${view} ${state} ${q}: ${read}, the lecture has ${value}`)
  }
  await close()
}

/** The map: every view is on it, alive where it can be seen, gone where it cannot, and never in the way of a keyboard. */
async function mapPage() {
  const { tab, errors, close } = await open()
  const alive = () =>
    tab.evaluate(() =>
      [...document.querySelectorAll('[data-thumbnail]')]
        .filter(e => e.firstElementChild?.shadowRoot.querySelector('.view[data-ready] .picture'))
        .map(e => e.dataset.thumbnail),
    )
  await tab.goto(site.origin)
  await tab.waitForSelector('.map [data-thumbnail]', { state: 'attached' })
  const all = await tab.locator('[data-thumbnail]').count()
  check(only.length > 0 || all === slugs.length, `map: ${all} of ${slugs.length} views`)
  await tab.waitForTimeout(2000)
  const top = await alive()
  check(top.length >= 4 && top.length < all, `map: ${top.length} pictures at the top`)
  await tab.evaluate(() => scrollTo(0, document.body.scrollHeight))
  await tab.waitForTimeout(2000)
  const bottom = await alive()
  check(bottom.length >= 2 && !bottom.includes(top[0]), `map: at the bottom ${bottom}`)
  await tab.evaluate(() => scrollTo(0, 0))
  for (let tabs = 0; tabs < 12; tabs++) await tab.keyboard.press('Tab')
  const kind = await tab.evaluate(() => document.activeElement.localName)
  check(kind === 'a', `map: Tab goes from link to link, and came to ${kind}`)
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme })
    const found = await violations(tab)
    check(found.length === 0, `map: accessible in ${colorScheme} — ${found.join('; ')}`)
  }
  await tab.setViewportSize({ width: 320, height: 700 })
  const width = await tab.evaluate(() => document.documentElement.scrollWidth)
  check(width <= 320, `map: ${width} px wide in a window of 320`)
  check(errors.length === 0, `map: ${errors}`)
  await close()
}

/** The page that checks the lecture: all printed numbers agree but the one that is wrong. */
async function checkPage() {
  const { tab, errors, close } = await open()
  await tab.goto(`${site.origin}check.html`)
  await tab.waitForSelector('.check[data-ready]', { timeout: 30_000 })
  const status = await tab.locator('[role=status]').innerText()
  const [agree, printed] = status.match(/\d+/g).map(Number)
  check(printed >= 25 && agree === printed - 1, `check: ${status}`)
  check((await tab.locator('.notes').count()) === 0, 'check: every row was computed')
  for (const [q, value, within] of [
    ['E5 ∂L/∂w₁', -0.010575417, 2e-9],
    ['E13a output', 2, 0],
    ['E14a output', -2, 0],
    ['E15 LeNet-5, parameters', 61706, 0],
    ['E14j weights of a dense layer', 14450688, 0],
  ]) {
    const read = await tab.evaluate(name => document.querySelector(`[data-q="${name}"]`)?.dataset.value, q)
    check(Math.abs(Number(read) - value) <= within, `check: ${q}: ${read}`)
  }
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme })
    const found = await violations(tab)
    check(found.length === 0, `check: accessible in ${colorScheme} — ${found.join('; ')}`)
  }
  await tab.setViewportSize({ width: 320, height: 700 })
  const width = await tab.evaluate(() => document.documentElement.scrollWidth)
  check(width <= 320, `check: ${width} px wide in a window of 320`)
  check(errors.length === 0, `check: ${errors}`)
  await close()
}

async function otherPages() {
  const [slug = 'neuron'] = slugs
  const pages = {
    'frame.html': `<!doctype html><title>x</title><iframe width="600" height="900" src="${site.origin}embed/${slug}.html"></iframe>
      <script>addEventListener('message', e => { if (e.data.type === 'chainrule:resize') document.body.dataset.height = e.data.height })</script>`,
    'element.html': `<!doctype html><title>x</title><script type="module" src="${site.origin}chainrule-view.js"></script>
      <chainrule-view view="${slug}" hide="tools"></chainrule-view>`,
    'mount.html': `<!doctype html><title>x</title><div id="here"></div><script type="module">
      import { mount } from '${site.origin}chainrule-view.js'
      await mount(document.getElementById('here'), { view: '${slug}', theme: 'dark' })</script>`,
    'classic.html': `<!doctype html><title>x</title><script src="${site.origin}classic.js"></script>
      <chainrule-view view="${slug}"></chainrule-view>`,
  }
  const other = await serve(async path => pages[path] ?? Promise.reject(new Error()))
  for (const name of Object.keys(pages)) {
    const { tab, errors, close } = await open()
    await tab.goto(other.origin + name)
    try {
      if (name === 'frame.html') {
        await tab.frameLocator('iframe').locator('.view[data-ready]').waitFor({ timeout: 20_000 })
        await tab.waitForFunction(() => Number(document.body.dataset.height) > 200, undefined, { timeout: 5000 })
      } else await tab.locator('.view[data-ready]').waitFor({ timeout: 20_000 })
      check(errors.length === 0, `another origin, ${name}: ${errors}`)
    } catch (error) {
      check(false, `another origin, ${name}: ${error.message.split('\n')[0]} ${errors}`)
    }
    await close()
  }
  other.close()
}

async function fromDisk() {
  for (const path of ['index.html', ...slugs.map(slug => `lecture/${slug}.html`)]) {
    const { tab, errors, close } = await open()
    await tab.goto(`file://${dist}${path}`)
    const good = await ready(tab, path === 'index.html' ? '.map' : '.view[data-ready]').then(
      () => true,
      () => false,
    )
    check(good && errors.length === 0, `from a disk, ${path}: ${errors}`)
    await close()
  }
}

async function quickly() {
  const { tab, close } = await open()
  const start = performance.now()
  await tab.goto(`${site.origin}lecture/${slugs[0] ?? 'neuron'}.html`)
  await ready(tab)
  const took = performance.now() - start
  console.log(`first view interactive after ${took.toFixed(0)} ms`)
  await close()
}

try {
  for (const slug of slugs) await lookAt(slug)
  await readGoldens()
  if (only.length === 0 || only.includes('map')) await mapPage()
  if (only.length === 0 || only.includes('check')) await checkPage()
  if (only.length === 0 || only.includes('teach')) await teachPage({ site, open, check, values, violations })
  if (slugs.includes('sandbox')) await sandboxPage({ open, ready, check, origin: site.origin })
  await otherPages()
  await fromDisk()
  if (only.length === 0 || only.includes('bad-conditions')) await badConditions({ open, check })
  await quickly()
  for (const [id, bytes] of await embeddedSizes()) {
    console.log(`${id}: ${(bytes / 1000).toFixed(1)} kB gzipped when embedded`)
    check(bytes <= 60_000, `${id}: ${bytes} bytes are more than 60 kB`)
  }
  console.log(`${passed} passed, ${failures.length} failed`)
  process.exitCode = failures.length === 0 ? 0 : 1
} finally {
  await browser.close()
  site.close()
}
