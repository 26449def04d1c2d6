/** What was measured, as lines of a table and as verdicts: targets reached or not, shapes off a cliff. */

const time = milliseconds => {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`
  return milliseconds >= 1 ? `${milliseconds.toFixed(2)} ms` : `${(milliseconds * 1000).toFixed(1)} µs`
}
const ratio = value => (value >= 100 ? `${value.toFixed(0)}×` : `${value.toFixed(2)}×`)
const bestOf = (results, participant) => results.find(result => result.participant === participant)?.best

function outcome({ best, cannot, error, wrong, difference }) {
  if (cannot) return `cannot (${cannot})`
  if (wrong) return `WRONG: differs by ${difference.toExponential(1)}`
  if (error) return `ERROR: ${(error.split('\n').find(line => /Error/.test(line)) ?? error).trim().slice(0, 120)}`
  return time(best)
}

/** The lines of one row; ratios are peer's time over chainrule's. */
export function rowLines(row, results) {
  const ours = ['this', 'newest'].map(node => [node, bestOf(results, `chainrule @${node}`)]).filter(([, best]) => best)
  return [
    row.title,
    ...results.map(result => {
      const { participant, best, gigaflops } = result
      const columns = [`  ${participant.padEnd(26)}`, outcome(result).padStart(11)]
      if (best) {
        columns.push(gigaflops ? `${gigaflops.toFixed(1).padStart(8)} GF/s` : ' '.repeat(13))
        if (!participant.startsWith('chainrule')) {
          for (const [node, own] of ours) columns.push(`  faster @${node} ${ratio(best / own).padStart(7)}`)
        }
      }
      return columns.join('')
    }),
  ]
}

function targetVerdict(row, results, { ours, over, node, atLeast, atMost }) {
  const own = bestOf(results, ours)
  if (!own) return undefined
  if (atMost) {
    const reached = own <= atMost
    return {
      row: row.id,
      reached,
      text: `${mark(reached)} ${row.title}: ${ours} ${time(own)}, at most ${time(atMost)}`,
    }
  }
  const rivals = results.filter(({ participant, best }) => best && over.includes(participant.split(' @')[0]))
  const same = rivals.filter(({ participant }) => !node || participant.endsWith(`@${node}`))
  const rival = (same.length > 0 ? same : rivals).sort((a, b) => a.best - b.best)[0]
  if (!rival) return undefined
  const factor = rival.best / own
  const reached = factor >= atLeast
  const ceiling = results.find(({ participant, best }) => best && participant.startsWith('ceiling'))
  const wall = ceiling ? ` (the ceiling is ${ratio(rival.best / ceiling.best)})` : ''
  const text = `${row.title}: ${ours} is ${ratio(factor)} as fast as ${rival.participant}, wanted ${ratio(atLeast)}${wall}`
  return { row: row.id, reached, factor, rival: rival.participant, text: `${mark(reached)} ${text}` }
}

const mark = reached => (reached ? '✓' : '✗')

/** Per Node and group: the fastest shape, and every shape slower than a third of it. */
function cliffs(measured) {
  const verdicts = []
  for (const node of ['this', 'newest']) {
    const groups = new Map()
    for (const { row, results } of measured) {
      const own = results.find(({ participant }) => participant === `chainrule @${node}`)
      if (!row.group || !own?.gigaflops) continue
      groups.set(row.group, [...(groups.get(row.group) ?? []), { row, speed: own.gigaflops }])
    }
    for (const [group, members] of groups) {
      if (members.length < 2) continue
      const fastest = Math.max(...members.map(({ speed }) => speed))
      const slow = members.filter(({ speed }) => speed < fastest / 3)
      const list = slow.map(({ row, speed }) => `${row.title} ${speed.toFixed(1)}`).join('; ')
      const text = `no cliff among ${group} @${node} (${members.length} shapes, fastest ${fastest.toFixed(1)} GF/s)`
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

export function summary(measured) {
  const targets = measured.flatMap(({ row, results }) =>
    (row.targets ?? []).map(target => targetVerdict(row, results, target)).filter(verdict => verdict !== undefined),
  )
  return [...targets, ...cliffs(measured)]
}
