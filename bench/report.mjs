/** What was measured, as lines of a table and as verdicts: targets reached or not, shapes off a cliff. */

const time = milliseconds => {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`
  return milliseconds >= 1 ? `${milliseconds.toFixed(2)} ms` : `${(milliseconds * 1000).toFixed(1)} µs`
}
const ratio = value => (value >= 100 ? `${value.toFixed(0)}×` : `${value.toFixed(2)}×`)
const bestOf = (results, participant) => results.find(result => result.participant === participant)?.best

function outcome({ best, cannot, error, wrong, difference }, unit) {
  if (cannot) return `cannot (${cannot})`
  if (wrong) return `WRONG: differs by ${difference.toExponential(1)}`
  if (error) return `ERROR: ${(error.split('\n').find(line => /Error/.test(line)) ?? error).trim().slice(0, 120)}`
  return unit ? `${best.toFixed(1)} ${unit}` : time(best)
}

/** How chainrule's participants are called in the columns of ratios. */
const own = { 'chainrule @this': '@this', 'chainrule @newest': '@newest', 'native @this': 'native' }

/** The lines of one row; ratios are peer's time over chainrule's. */
export function rowLines(row, results) {
  const ours = Object.entries(own).flatMap(([participant, label]) => {
    const best = bestOf(results, participant)
    return best ? [[label, best]] : []
  })
  return [
    row.title,
    ...results.map(result => {
      const { participant, best, gigaflops, percent, planned } = result
      const columns = [`  ${participant.padEnd(26)}`, outcome(result, row.unit).padStart(11)]
      if (best) {
        columns.push(gigaflops ? `${gigaflops.toFixed(1).padStart(8)} GF/s` : ' '.repeat(13))
        columns.push(percent ? `${percent.toFixed(0).padStart(4)} %` : ' '.repeat(6))
        if (planned) columns.push(`  planned ${planned.toFixed(1)} ${row.unit}`)
        if (!(participant in own)) {
          for (const [label, best_] of ours) columns.push(`  ${label} ${ratio(best / best_).padStart(7)}`)
        }
      }
      return columns.join('')
    }),
  ]
}

/** Whether a target was reached, as { reached, text }; undefined where one of the two was not measured. */
function targetVerdict(row, results, target, measured) {
  const result = results.find(({ participant, best }) => best && participant === target.ours)
  if (!result) return undefined
  const verdict = (reached, text) => ({
    row: row.id,
    reached,
    text: `${mark(reached)} ${row.title}: ${target.ours} ${text}`,
  })
  const { ours, over, overRow, node, atLeast, atMost, percent, planned } = target
  if (percent) {
    if (!result.percent) return undefined
    return verdict(result.percent >= percent, `uses ${result.percent.toFixed(0)} % of the peak, wanted ${percent} %`)
  }
  if (atMost) return verdict(result.best <= atMost, `${time(result.best)}, at most ${time(atMost)}`)
  if (overRow) {
    const single = measured.find(({ row }) => row.id === overRow)
    const before = single && bestOf(single.results, ours)
    if (!before) return undefined
    const gain = before / result.best
    return verdict(gain >= atLeast, `is ${ratio(gain)} as fast as with one thread, wanted ${ratio(atLeast)}`)
  }
  const rivals = results.filter(({ participant, best }) => best && over.includes(participant.split(' @')[0]))
  const same = rivals.filter(({ participant }) => !node || participant.endsWith(`@${node}`))
  const rival = (same.length > 0 ? same : rivals).sort((a, b) => a.best - b.best)[0]
  if (!rival) return undefined
  if (planned) {
    const text = `plans ${result.planned.toFixed(1)} ${row.unit}, ${rival.participant} grows by ${rival.best.toFixed(1)}`
    return verdict(result.planned <= rival.best, text)
  }
  const factor = rival.best / result.best
  const wall = result.percent ? ` (${result.percent.toFixed(0)} % of the peak)` : ''
  if (row.unit)
    return verdict(factor >= atLeast, `is ${ratio(factor)} smaller than ${rival.participant}, wanted ${ratio(atLeast)}`)
  return verdict(
    factor >= atLeast,
    `is ${ratio(factor)} as fast as ${rival.participant}, wanted ${ratio(atLeast)}${wall}`,
  )
}

const mark = reached => (reached ? '✓' : '✗')

/** Per Node and group: the fastest shape, and every shape slower than a third of it. */
function cliffs(measured) {
  const verdicts = []
  for (const participant of Object.keys(own)) {
    const groups = new Map()
    for (const { row, results } of measured) {
      const result = results.find(r => r.participant === participant)
      if (!row.group || !result?.gigaflops) continue
      groups.set(row.group, [...(groups.get(row.group) ?? []), { row, speed: result.gigaflops }])
    }
    for (const [group, members] of groups) {
      if (members.length < 2) continue
      const fastest = Math.max(...members.map(({ speed }) => speed))
      const slow = members.filter(({ speed }) => speed < fastest / 3)
      const list = slow.map(({ row, speed }) => `${row.title} ${speed.toFixed(1)}`).join('; ')
      const text = `no cliff among ${group}, ${participant} (${members.length} shapes, fastest ${fastest.toFixed(1)} GF/s)`
      const reached = slow.length === 0
      verdicts.push({
        row: group,
        reached,
        text: `${mark(reached)} ${text}${list && `: slower than a third: ${list}`}`,
      })
    }
  }
  return verdicts
}

/** Random networks below half of the share of the peak that the named network of the nearest size uses. */
function randomVerdicts(measured) {
  const percentOf = (results, participant) => results.find(r => r.participant === participant)?.percent
  return Object.keys(own).flatMap(participant => {
    const drawn = measured.filter(({ row, results }) => row.neighbours && percentOf(results, participant))
    const low = drawn.flatMap(({ row, results }) => {
      const near = measured
        .filter(m => row.neighbours.includes(m.row.id) && percentOf(m.results, participant))
        .map(m => ({ ...m, distance: Math.abs(Math.log(m.row.flops / row.flops)) }))
        .sort((a, b) => a.distance - b.distance)[0]
      if (!near) return []
      const share = percentOf(results, participant) / percentOf(near.results, participant)
      return share < 0.5 ? [`${row.id} ${ratio(share)} of ${near.row.id}`] : []
    })
    if (drawn.length === 0) return []
    const reached = low.length === 0
    const text = `${mark(reached)} ${drawn.length} random networks, ${participant}: none under half of its neighbour`
    return [{ row: 'random', reached, text: reached ? text : `${text}: ${low.join('; ')}` }]
  })
}

export function summary(measured) {
  const targets = measured.flatMap(({ row, results }) =>
    (row.targets ?? [])
      .map(target => targetVerdict(row, results, target, measured))
      .filter(verdict => verdict !== undefined),
  )
  return [...targets, ...cliffs(measured), ...randomVerdicts(measured)]
}
