/**
 * The sandbox's own page: a reader's points and digits are learned, wrong ones are named, time goes both ways in steps and phases, one
 * quantity is highlighted everywhere, the page stays awake.
 */
export async function sandboxPage({ open, ready, check, origin }) {
  const { tab, errors, close } = await open()
  const value = q =>
    tab.evaluate(name => Number(document.querySelector(`[data-q="${name}"][data-value]`)?.dataset.value), q)
  const becomes = (q, wanted, what) =>
    tab
      .waitForFunction(
        ([name, v]) => Number(document.querySelector(`[data-q="${name}"][data-value]`)?.dataset.value) === v,
        [q, wanted],
        { timeout: 20_000 },
      )
      .then(
        () => check(true, what),
        async () => check(false, `${what}: ${q} is ${await value(q)}, not ${wanted}`),
      )
  const button = name => tab.getByRole('button', { name, exact: true })
  await tab.goto(`${origin}sandbox.html#n=50`)
  await ready(tab)
  const early = [await value('train-loss'), await value('value')]
  // long tasks are counted while it trains
  await tab.evaluate(() => {
    globalThis.longest = 0
    new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration)
    }).observe({ type: 'longtask' })
  })
  await button('+1000').click()
  await becomes('done', 1300, 'sandbox: a thousand steps on')
  check((await value('train-loss')) < early[0], 'sandbox: the loss falls')
  await button('one step back').click()
  await becomes('done', 1299, 'sandbox: one step back')
  await tab.goto(`${tab.url().replace(/#.*/, '')}#n=50&step=300`)
  await becomes('done', 300, 'sandbox: a thousand steps back')
  check(String([await value('train-loss'), await value('value')]) === String(early), 'sandbox: back is the same bits')
  const longest = await tab.evaluate(() => globalThis.longest)
  check(longest <= 100, `sandbox: the page was blocked for ${longest.toFixed(0)} ms`)

  /** A phase with a number of its own. */
  const phase = (name, q) => tab.waitForSelector(`.line [data-phase=${name}] [data-q="${q}"]`, { timeout: 20_000 })
  const before = await value('layer1.w1.1')
  await button('one phase on').click()
  await phase('loss', 'loss.total')
  await button('one phase on').click()
  await phase('gradient', 'layer1.dw1.1')
  const slope = await value('layer1.dw1.1')
  await button('one phase on').click()
  await phase('update', 'layer1.w1.1.next')
  const next = await value('layer1.w1.1.next')
  check(Math.abs(before - 0.1 * slope - next) < 1e-6, `sandbox: ${before} − 0.1·${slope} is ${next}`)
  await button('one phase on').click()
  await becomes('done', 301, 'sandbox: after the update comes the next step')
  check((await value('layer1.w1.1')) === next, 'sandbox: the update was done')
  await button('one phase back').click()
  await becomes('done', 300, 'sandbox: one phase back over the end of a step')
  await phase('update', 'layer1.w1.1.next')
  await button('predict').click()
  await phase('predict', 'value')
  check((await value('layer1.w1.1')) === before, 'sandbox: back to the phase it began with')

  await tab.getByText('TypeScript that computes this').click()
  const glows = q =>
    tab.evaluate(name => getComputedStyle(document.querySelector(`svg [data-q="${name}"]`)).filter !== 'none', q)
  check(!(await glows('layer2.w1.1')), 'sandbox: nothing is highlighted')
  await tab.locator('code [data-q=layer2]').hover()
  check(await glows('layer2.w1.1'), 'sandbox: a line of the program highlights its weights')
  check(!(await glows('layer1.w1.1')), 'sandbox: and no others')

  const inConfusion = async (classes = 2) => {
    const cells = Array.from({ length: classes ** 2 }, (_, i) => `train-${Math.floor(i / classes)}${i % classes}`)
    return (await Promise.all(cells.map(value))).reduce((a, b) => a + b)
  }
  check((await inConfusion()) === 100, 'sandbox: every point is in the confusion matrix')
  const pen = tab.getByRole('slider', { name: /^pen/ })
  await pen.click({ position: { x: 40, y: 40 } })
  await tab.getByRole('button', { name: 'remove my 1' }).waitFor()
  await pen.press('ArrowRight')
  await pen.press('0')
  await pen.press('Enter')
  await tab.getByRole('button', { name: 'remove my 2' }).waitFor()
  await tab.waitForFunction(() => /points=[^&]*,1;[^&]*,0/.test(location.hash))
  check((await inConfusion()) === 102, 'sandbox: clicked and typed points are learned from')

  await tab.locator('.f1-paste summary').click()
  await tab.locator('textarea[name=csv]').fill('x,y,class\n-1,0,0\n1,zero,1\n')
  await button('use these points').click()
  const said = await tab.locator('.f1-paste [role=status]').innerText()
  check(said.includes('line 3, column 2: “zero” is not a number'), `sandbox: what is wrong in a CSV is named: ${said}`)
  await tab.locator('textarea[name=csv]').fill('x,y,class\n-1,0,a\n-1,1,a\n1,0,b\n2,1,b\n')
  await button('use these points').click()
  await becomes('train-11', 1, 'sandbox: points of a CSV are learned from, every fourth is held out')

  await tab.locator('.f1-weights summary').click()
  const [file] = await Promise.all([tab.waitForEvent('download'), button('weights as a file (safetensors)').click()])
  check(file.suggestedFilename() === 'network.safetensors', 'sandbox: the weights are a file')

  await tab.goto('about:blank')
  await tab.goto(`${origin}sandbox.html#data=xor&hidden=8,8&act=identity&lr=10&step=2000`)
  await ready(tab)
  const stopped = await tab.locator('.f1-refused').innerText()
  check(
    /Stopped after step \d+.*learning rate/s.test(stopped),
    `sandbox: a diverging run stops and says why: ${stopped}`,
  )
  check(Number.isFinite(await value('train-loss')), 'sandbox: what is shown of it is finite')
  await tab.goto('about:blank')
  await tab.goto(`${origin}sandbox.html#hidden=512,512`)
  await ready(tab)
  const refused = await tab.locator('.f1-refused').innerText()
  check(refused.includes('264,705 parameters'), `sandbox: what is too large is refused: ${refused}`)

  await tab.goto('about:blank')
  await tab.goto(`${origin}sandbox.html#data=digits&hidden=16&opt=adam&lr=0.01&n=50`)
  await ready(tab)
  check((await value('test-accuracy')) > 0.8, `sandbox: digits are learned: ${await value('test-accuracy')}`)
  const paper = await tab.getByRole('application').boundingBox()
  await tab.mouse.move(paper.x + 0.3 * paper.width, paper.y + 0.25 * paper.height)
  await tab.mouse.down()
  for (const [x, y] of [[0.7, 0.25], [0.45, 0.8]]) // biome-ignore format: a seven
    await tab.mouse.move(paper.x + x * paper.width, paper.y + y * paper.height, { steps: 8 })
  await tab.mouse.up()
  await tab.getByText('your digit is a', { exact: true }).waitFor()
  const likely = await Promise.all(Array.from({ length: 10 }, (_, k) => value(`p${k}`)))
  check(Math.abs(likely.reduce((a, b) => a + b) - 1) < 1e-5, 'sandbox: a drawn digit is read')
  check(likely[7] === Math.max(...likely), `sandbox: a drawn seven is a seven: ${likely}`)
  await button('7').click()
  await tab.getByRole('button', { name: 'take away your 7, drawing 1' }).waitFor()
  await tab.waitForFunction(() => location.hash.includes('drawn=7.'))
  check((await inConfusion(10)) === 501, 'sandbox: a drawn digit is learned from')
  check(errors.length === 0, `sandbox: console: ${errors}`)
  await close()
}
