/** The sandbox's own page: a reader's points are learned, wrong ones are named, a diverging run leads back. */
export async function sandboxPage({ open, ready, check, origin }) {
  const { tab, errors, close } = await open()
  const shows = (text, what) =>
    tab
      .locator('.view')
      .getByText(text)
      .first()
      .waitFor({ timeout: 10_000 })
      .then(
        () => check(true, what),
        () => check(false, what),
      )
  await tab.goto(`${origin}sandbox.html#data=own&step=100`)
  await ready(tab)
  await tab.locator('textarea[name=csv]').fill('x,y,class\n-1,0,0\n1,zero,1\n')
  await shows('line 3, column 2: “zero” is not a number', 'sandbox: what is wrong in a CSV is named with its place')
  await tab.locator('textarea[name=csv]').fill('x,y,class\n-1,0,0\n-1,1,0\n1,0,1\n')
  await shows('of 3 points right', 'sandbox: points of a CSV are used')
  await tab.locator('.board').click({ position: { x: 20, y: 20 } })
  await shows('of 4 points right', 'sandbox: a click adds a point')
  await tab.goto('about:blank')
  await tab.goto(`${origin}sandbox.html#data=gaussians&hid=8,8&act=relu&loss=linear&lr=5&step=40`)
  await ready(tab)
  await tab.getByRole('button', { name: 'the last finite one' }).click()
  await tab.waitForFunction(() => Number.isFinite(Number(document.querySelector('[data-q=loss]')?.dataset.value)))
  check(true, 'sandbox: back to the last finite step')
  check(errors.length === 0, `sandbox: console: ${errors}`)
  await close()
}
