/** The page for teachers: what it writes shows the same numbers in a page of another origin. */
import { serve } from './site.mjs'

export async function teachPage({ site, open, check, values, violations }) {
  const { tab, errors, close } = await open()
  await tab.goto(`${site.origin}teach.html`)
  await tab.waitForSelector('.teach[data-ready] .view[data-ready]', { timeout: 20_000 })
  const before = String(await values(tab, ':not(.tools *)'))
  await tab.locator('.live [role=spinbutton], .live [role=slider], .live input[type=range]').first().focus()
  await tab.keyboard.press('ArrowUp')
  await tab.waitForTimeout(600)
  // the table at the foot has values too, and is hidden below
  const here = await values(tab, ':not(.tools *)')
  check(String(here) !== before, 'teach: the view can be set up by keys')
  await tab.locator('.permissions select').first().selectOption('lock')
  await tab.getByLabel('link, files, table and program at the foot').selectOption('hide')
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme })
    const found = await violations(tab)
    check(found.length === 0, `teach: accessible in ${colorScheme} — ${found.join('; ')}`)
  }
  for (const kind of await tab.locator('.kinds input').all()) {
    await kind.check()
    const written = await tab.locator('.snippet').inputValue()
    const name = written.match(/<iframe|<chainrule-view|mount/)[0]
    const other = await serve(
      async () => `<!doctype html><html lang="en"><title>x</title><body>${written}</body></html>`,
    )
    const second = await open()
    await second.tab.goto(`${other.origin}lesson.html`)
    const where = name === '<iframe' ? second.tab.frameLocator('iframe') : second.tab
    await where.locator('.view[data-ready]').waitFor({ timeout: 20_000 })
    await second.tab.waitForTimeout(300)
    const there = await where
      .locator('[data-value]')
      .evaluateAll(all => all.map(e => `${e.dataset.q ?? ''}=${e.dataset.value}`))
    check(String(there) === String(here), `teach: ${name} shows the same numbers elsewhere`)
    check((await where.locator('.tools').count()) === 0, `teach: ${name} hides what shall be hidden`)
    check(second.errors.length === 0, `teach: ${name}: ${second.errors}`)
    await second.close()
    other.close()
  }
  await tab.setViewportSize({ width: 320, height: 700 })
  const width = await tab.evaluate(() => document.documentElement.scrollWidth)
  check(width <= 320, `teach: ${width} px wide in a window of 320`)
  check(errors.length === 0, `teach: ${errors}`)
  await close()
}
