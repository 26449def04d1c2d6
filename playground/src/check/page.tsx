/** M0: the lecture, checked at load. */
import { useEffect, useState } from 'preact/hooks'
import { chooseDevice } from '../engine.ts'
import { show } from '../frame/format.ts'
import { lecturePage } from '../pages/places.ts'
import { stationOf } from '../stations.ts'
import { agrees, type Claim, claims, type Result, type Row, rows } from './rows.ts'

const verdicts = {
  right: { sign: '✓', text: 'right' },
  convention: { sign: '≈', text: 'right, with a convention to name' },
  wrong: { sign: '✗', text: 'wrong or overstated' },
} as const

const order = (id: string): number => Number(id.match(/\d+/)![0]) * 1000 + (id.match(/[a-z]$/)?.[0].charCodeAt(0) ?? 0)
const all: readonly (Row | Claim)[] = [...rows, ...claims].sort((a, b) => order(a.id) - order(b.id))

export function Check() {
  const [results, setResults] = useState<ReadonlyMap<string, readonly Result[]>>(new Map())
  const [failed, setFailed] = useState<readonly string[]>([])
  const [milliseconds, setMilliseconds] = useState<number>()
  useEffect(() => {
    const start = performance.now()
    void (async () => {
      await chooseDevice('js')
      const found = new Map<string, readonly Result[]>()
      for (const row of rows)
        try {
          found.set(row.id, await row.compute())
        } catch (error) {
          setFailed(f => [...f, `${row.id}: ${error instanceof Error ? error.message : error}`])
        }
      setResults(found)
      setMilliseconds(performance.now() - start)
    })()
  }, [])
  const printed = [...results.values()].flat().flatMap(r => agrees(r) ?? [])
  return (
    <div class="wide-page check" data-ready={milliseconds === undefined ? undefined : ''}>
      <h1>The lecture, checked</h1>
      <p class="lead">
        Every number printed in the lecture, computed again by the engine in this page when it was loaded. Where the
        slide rounds, so does the comparison.
      </p>
      <p role="status">
        {milliseconds === undefined
          ? 'computing …'
          : `${printed.filter(Boolean).length} of ${printed.length} printed results agree; computed in ${Math.round(milliseconds)} ms.`}
      </p>
      {failed.length > 0 && (
        <ul class="notes" role="alert">
          {failed.map(f => (
            <li key={f}>{f}</li>
          ))}
        </ul>
      )}
      <ol class="statements">
        {all.map(row => (
          <Statement key={row.id} row={row} results={results.get(row.id)} />
        ))}
      </ol>
    </div>
  )
}

function Statement({ row, results }: { readonly row: Row | Claim; readonly results: readonly Result[] | undefined }) {
  const station = row.view === undefined ? undefined : stationOf(row.view)
  const { sign, text } = verdicts[row.verdict]
  const state = 'state' in row && row.state ? `#${row.state}` : ''
  return (
    <li class="statement" id={row.id} data-verdict={row.verdict}>
      <h2>
        <span class={`verdict ${row.verdict}`} aria-hidden="true">
          {sign}
        </span>{' '}
        {row.slide} <span class="quiet">{row.id}</span>
      </h2>
      <dl>
        <dt>the slide says</dt>
        <dd class="says">{row.says}</dd>
        {'compute' in row && (
          <>
            <dt>the engine computes</dt>
            <dd>{results ? results.map(r => <Computed key={r.name} result={r} id={row.id} />) : '…'}</dd>
          </>
        )}
        <dt>verdict</dt>
        <dd>
          {text}. {row.why} {station && <a href={`${lecturePage(station)}${state}`}>Try it: {station.title}</a>}
        </dd>
      </dl>
    </li>
  )
}
function Computed({ result, id }: { readonly result: Result; readonly id: string }) {
  const agreed = agrees(result)
  const { value } = result
  return (
    <div class="computed">
      <span>{result.name}</span>{' '}
      {typeof value === 'number' ? (
        <b data-value={String(value)} data-q={`${id} ${result.name}`} title={String(value)}>
          {long(value)}
        </b>
      ) : (
        <div class="scroller" tabindex={0} role="group" aria-label={result.name}>
          <table>
            <tbody>
              {value.map((line, r) => (
                <tr key={r}>
                  {line.map((v, c) => (
                    <td key={c} data-value={String(v)} data-q={`${id} ${result.name}`} title={String(v)}>
                      {long(v)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {agreed !== undefined && (
        <span class={agreed ? 'good' : 'bad'}>{agreed ? '✓ as printed' : '✗ not as printed'}</span>
      )}
    </div>
  )
}
/** Whole numbers in full, others with six digits. */
const long = (x: number): string =>
  Number.isInteger(x) ? x.toLocaleString('en').replaceAll(',', ' ').replace('-', '−') : show(x, 6)

export const styles = `
.statements { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .8rem }
.statement { border: 1px solid var(--edge); border-radius: 8px; padding: .6rem .9rem; background: var(--raised) }
.statement h2 { margin: 0 0 .3rem; font-size: 1.1rem }
.verdict { display: inline-block; min-width: 1.5em; text-align: center; border-radius: 4px; border: 1px solid currentColor }
.verdict.right { color: var(--good) } .verdict.wrong { color: var(--bad) } .verdict.convention { color: var(--minus) }
.statement dl { margin: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1rem }
.statement dt { color: var(--quiet); font-size: .88rem }
.statement dd { margin: 0 0 .3rem; min-width: 0 }
.statement .says { font-family: Georgia, "Times New Roman", serif }
.computed { display: flex; flex-wrap: wrap; gap: .1rem .7rem; align-items: center; padding: .1rem 0 }
.computed table { border-collapse: collapse }
.computed td { padding: 0 .45rem; text-align: right; border: 1px solid var(--edge); font-variant-numeric: tabular-nums }
@container (min-width: 46rem) { .statement dl { grid-template-columns: 10rem minmax(0, 1fr) } }
`
