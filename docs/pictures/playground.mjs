/** The README's picture of the playground: the ConvNet studio after some training. `npm run build && node docs/pictures/playground.mjs` */
import { join } from 'node:path'
import { launch, serve } from '../../playground/test/site.mjs'

const trained = 150
const site = await serve()
const browser = await launch()
try {
  const tab = await browser.newPage({ viewport: { width: 1180, height: 900 }, colorScheme: 'light' })
  await tab.goto(`${site.origin}lecture/convnet.html#digit=5&layer=3&map=2&row=6&column=5`)
  await tab.waitForSelector('.view[data-ready]')
  await tab.getByRole('button', { name: 'train' }).click()
  const step = () => tab.locator('[data-q="step"]').first().getAttribute('data-value')
  while (Number(await step()) < trained) await tab.waitForTimeout(50)
  await tab.getByRole('button', { name: 'stop' }).click()
  await tab.waitForTimeout(500)
  await tab.screenshot({ path: join(import.meta.dirname, 'playground.png') })
} finally {
  await browser.close()
  site.close()
}
