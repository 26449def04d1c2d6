/** Chooses a view, sets it up by using it, decides what readers may change, and writes what shows it in a page of one's own. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { mount as Mount, Mounted } from '../frame/mount.tsx'
import { root } from '../pages/places.ts'
import { stationOf, stations } from '../stations.ts'
import type { loadView as LoadView } from '../views.ts'
import {
  addressOf,
  type Kind,
  type Lesson,
  type Permission,
  permissions,
  snippets,
  type Theme,
  themes,
} from './snippets.ts'

/** What may be hidden beside the fields of a state. */
const parts = { tools: 'link, files, table and program at the foot', train: 'buttons that train' }

/** What loads and draws views is given: imported here it would be cut into files that every embedded view downloads one by one. */
export function Teach({ mount, loadView }: { readonly mount: typeof Mount; readonly loadView: typeof LoadView }) {
  const [view, setView] = useState(() => new URLSearchParams(location.hash.slice(1)).get('view') ?? stations[0]!.slug)
  const [titles, setTitles] = useState<Readonly<Record<string, string>>>({})
  const [fields, setFields] = useState<Readonly<Record<string, Permission>>>({})
  const [state, setState] = useState('')
  const [theme, setTheme] = useState<Theme>('auto')
  const [kind, setKind] = useState<Kind>('frame')
  const [height, setHeight] = useState(700)
  const [said, setSaid] = useState('')
  const place = useRef<HTMLDivElement>(null)
  const mounted = useRef<Mounted | undefined>(undefined)
  const station = stationOf(view) ?? stations[0]!

  useEffect(() => {
    let gone = false
    void (async () => {
      const { model } = await loadView(station)
      const live = await mount(place.current!, { view: station.slug, headingLevel: 2 })
      if (gone) return live.unmount()
      mounted.current = live
      setFields({})
      setState('')
      setTitles({ ...Object.fromEntries(Object.entries(model.schema).map(([k, f]) => [k, f.title])), ...parts })
    })()
    return () => {
      gone = true
      mounted.current?.unmount()
      mounted.current = undefined
    }
  }, [station])
  /** Whatever was done to the view, its state is read soon after. */
  const look = (): void => {
    setTimeout(() => {
      if (mounted.current) setState(mounted.current.state)
    }, 100)
  }
  const lesson: Lesson = { root: root(), view: station.slug, title: station.title, state, fields, theme, height }
  const written = snippets[kind].write(lesson)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(written)
      setSaid('copied')
    } catch {
      setSaid('the clipboard may not be used here: select the text and copy it')
    }
  }
  return (
    <div class="wide-page teach" data-ready={titles.tools ? '' : undefined}>
      <h1>For your own page</h1>
      <p class="lead">
        Choose a view, set it up by using it, say what your readers may change, and paste what is written below.
      </p>
      <p>
        <label>
          view{' '}
          <select value={station.slug} onChange={event => setView(event.currentTarget.value)}>
            {[...new Set(stations.map(s => s.part))].map(part => (
              <optgroup key={part} label={part}>
                {stations
                  .filter(s => s.part === part)
                  .map(s => (
                    <option key={s.slug} value={s.slug}>
                      {s.title}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
      </p>
      <section aria-label="set it up">
        <h2>1. Set it up</h2>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: listens to what is done to the view inside */}
        <div class="live" ref={place} onInput={look} onClick={look} onKeyUp={look} onPointerUp={look} />
      </section>
      <section aria-label="what readers may change">
        <h2>2. What readers may change</h2>
        <div class="permissions">
          {Object.entries(titles).map(([key, title]) => (
            <label key={key}>
              <span>{title}</span>
              <select
                value={fields[key] ?? 'open'}
                onChange={event => setFields({ ...fields, [key]: event.currentTarget.value as Permission })}
              >
                {Object.entries(permissions)
                  .filter(([p]) => p !== 'lock' || !(key in parts))
                  .map(([p, text]) => (
                    <option key={p} value={p}>
                      {key in parts && p === 'open' ? 'are there' : key in parts ? 'are hidden' : text}
                    </option>
                  ))}
              </select>
            </label>
          ))}
          <label>
            <span>colours</span>
            <select value={theme} onChange={event => setTheme(event.currentTarget.value as Theme)}>
              {Object.entries(themes).map(([t, text]) => (
                <option key={t} value={t}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        </div>
      </section>
      <section aria-label="what to paste">
        <h2>3. Paste this</h2>
        <fieldset class="kinds">
          <legend>as</legend>
          {Object.entries(snippets).map(([k, { title }]) => (
            <label key={k}>
              <input type="radio" name="kind" checked={kind === k} onChange={() => setKind(k as Kind)} /> {title}
            </label>
          ))}
        </fieldset>
        <textarea class="snippet" readonly rows={6} aria-label="what to paste" value={written} />
        <p>
          <button type="button" onClick={copy}>
            copy
          </button>{' '}
          <span role="status">{said}</span>
        </p>
      </section>
      <section aria-label="what readers get">
        <h2>4. What readers get</h2>
        <Preview key={addressOf(lesson)} address={addressOf(lesson)} title={station.title} onHeight={setHeight} />
      </section>
    </div>
  )
}

function Preview({ address, title, onHeight }: { address: string; title: string; onHeight(height: number): void }) {
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(700)
  useEffect(() => {
    const listen = ({ source, data }: MessageEvent): void => {
      if (source !== frame.current?.contentWindow || data?.type !== 'chainrule:resize') return
      setHeight(data.height)
      onHeight(data.height)
    }
    addEventListener('message', listen)
    return () => removeEventListener('message', listen)
  }, [])
  return <iframe ref={frame} src={address} title={`${title}, as readers get it`} height={height} class="preview" />
}

export const styles = `
.teach > section > p > button { min-height: 32px; padding: 0 1rem; font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--edge); border-radius: 6px }
.teach select { min-height: 28px; max-width: 100%; font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--edge); border-radius: 6px }
.teach .live { border: 1px solid var(--edge); border-radius: 8px; overflow: hidden }
.teach .permissions { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: .5rem 1.5rem }
.teach .permissions label { display: grid; gap: .15rem; align-content: end }
.teach .kinds { display: grid; gap: .3rem; border: 1px solid var(--edge); border-radius: 8px; margin: 0 0 .7rem }
.teach .kinds label { min-height: 24px }
.teach .snippet { width: 100%; box-sizing: border-box; font-family: ui-monospace, monospace; font-size: .85rem; color: var(--text); background: var(--raised); border: 1px solid var(--edge); border-radius: 8px; padding: .5rem }
.teach .preview { width: 100%; border: 1px solid var(--edge); border-radius: 8px }
`
