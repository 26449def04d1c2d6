/** What a page does where something is forbidden, or dies: it goes on or says what happened, and is never blank. */
import { serve } from './site.mjs'

const training = "script-src 'self' 'wasm-unsafe-eval'"

/** `open` gives a tab whose errors are collected, `check` counts. */
export async function badConditions({ open, check }) {
  /** Looks at a view of a site with these headers; what the browser itself says about its policy is no error of the page. */
  const look = async (name, slug, policy, then) => {
    const site = await serve(undefined, policy ? { 'content-security-policy': policy } : {})
    const { tab, errors, close } = await open()
    try {
      await tab.goto(`${site.origin}lecture/${slug}.html`)
      await tab.waitForSelector('.view[data-ready]', { timeout: 20_000 })
      await then(tab)
      const own = errors.filter(e => !e.includes('Content Security Policy'))
      check(own.length === 0, `${name}: ${own}`)
    } catch (error) {
      check(false, `${name}: ${error.message.split('\n')[0]} ${errors}`)
    } finally {
      await close()
      site.close()
    }
  }
  const oneStep = async (tab, name, text) => {
    await tab.getByRole('button', { name: 'one step' }).click({ timeout: 60_000 })
    const step = tab.locator('.line [data-q="step"]').first()
    await tab.waitForFunction(
      () => Number(document.querySelector('.line [data-q="step"]')?.dataset.value) >= 1,
      undefined,
      { timeout: 60_000 },
    )
    check(Number(await step.getAttribute('data-value')) >= 1, `${name}: one step`)
    if (text) check((await tab.locator('.view').innerText()).includes(text), `${name}: is said`)
  }
  await look('no WebAssembly', 'neuron', "script-src 'self'", async tab => {
    check((await tab.locator('[data-value]').count()) > 0, 'no WebAssembly: there are numbers')
  })
  await look('no Workers', 'convnet', `${training}; worker-src 'none'`, tab =>
    oneStep(tab, 'no Workers', 'no Worker could be started'),
  )
  await look('neither Workers nor WebAssembly', 'language-model', "script-src 'self'; worker-src 'none'", tab =>
    oneStep(tab, 'neither Workers nor WebAssembly', 'may not run WebAssembly'),
  )
  await look('a Worker that ends', 'language-model', undefined, async tab => {
    await oneStep(tab, 'a Worker that ends')
    await tab
      .workers()[0]
      .evaluate(() => globalThis.close())
      .catch(() => {})
    await tab.getByText('was lost').waitFor({ timeout: 40_000 })
    check(true, 'a Worker that ends: is said')
    await tab.getByRole('button', { name: 'begin anew' }).click()
    await oneStep(tab, 'a Worker that ends, after beginning anew')
    check((await tab.getByText('was lost').count()) === 0, 'a Worker that ends: forgotten after beginning anew')
  })
  await look('a file that is no picture', 'kernels', undefined, async tab => {
    await tab.goto(`${tab.url().replace(/#.*/, '')}#image=own`)
    const file = tab.locator('input[type=file]')
    const said = tab.locator('.k1-said')
    await file.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') })
    await tab.getByText('“notes.png” is no picture that this browser can read').waitFor({ timeout: 10_000 })
    // one red and one white pixel
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP4z8Dw//9/AAv7A/3dF29HAAAAAElFTkSuQmCC'
    await file.setInputFiles({ name: 'two.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') })
    await tab.waitForFunction(() => document.querySelector('.image canvas')?.width === 2, undefined, {
      timeout: 10_000,
    })
    check((await said.count()) === 0, 'a file that is no picture: forgotten after a good one')
  })
  await look('a sandbox whose Worker ends', 'sandbox', undefined, async tab => {
    await tab
      .workers()[0]
      .evaluate(() => globalThis.close())
      .catch(() => {})
    await tab.getByRole('button', { name: '+10', exact: true }).click()
    await tab.waitForFunction(
      () => document.querySelector('[data-q="done"][data-value]')?.dataset.value === '310',
      undefined,
      { timeout: 60_000 },
    )
    check(true, 'a sandbox whose Worker ends goes on in another one')
  })
  await look('a Worker that hangs', 'language-model', undefined, async tab => {
    await oneStep(tab, 'a Worker that hangs')
    tab
      .workers()[0]
      .evaluate('for (;;) {}')
      .catch(() => {}) // never answers
    await tab.getByText('does not answer').waitFor({ timeout: 60_000 })
    await tab.getByRole('button', { name: 'begin anew' }).click()
    await oneStep(tab, 'a Worker that hangs, after beginning anew')
  })
}
