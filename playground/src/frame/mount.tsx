/** Puts a view into an element: loads it, gives it a state, keeps what follows from the state up to date. */
import { effect, signal } from '@preact/signals'
import { render } from 'preact'
import { chooseDevice } from '../engine.ts'
import { type Station, stationOf, stations } from '../stations.ts'
import { loadView } from '../views.ts'
import type { AnyState, Bench } from './bench.ts'
import type { AnyView, Shown } from './define.ts'
import { Frame, followSelection } from './frame.tsx'
import picturesCss from './pictures.css?inline'
import { formatState, initialState, parseState, type Schema } from './schema.ts'
import frameCss from './style.css?inline'

const css = frameCss + picturesCss

export interface MountOptions {
  /** A view's name, as in addresses. */
  readonly view: string
  /** Where it begins, as in an address: `w=1,2,3&act=tanh`. */
  readonly state?: string
  /** Fields without controls. `tools` hides the foot. */
  readonly hide?: readonly string[]
  /** Fields that cannot be changed. */
  readonly lock?: readonly string[]
  readonly theme?: 'light' | 'dark' | 'auto'
  /** Keep the state in the page's address. */
  readonly inAddress?: boolean
  readonly embedded?: boolean
  readonly headingLevel?: 1 | 2
  /** The address of the view's page, for links; this page's when not given. */
  readonly pageOf?: (station: Station) => string
}
export interface Mounted {
  /** What is on screen, as in an address. */
  readonly state: string
  /** Changes to another state, as from an address. */
  update(state: string): void
  unmount(): void
}

/** Draws a view inside `root`, which may be a shadow root. */
export async function mount(root: HTMLElement | ShadowRoot, options: MountOptions): Promise<Mounted> {
  const station = stationOf(options.view)
  const style = document.createElement('style')
  const place = document.createElement('div')
  place.className = 'chainrule'
  if (options.theme && options.theme !== 'auto') place.style.colorScheme = options.theme
  root.replaceChildren(style, place)
  style.textContent = css
  if (!station) {
    place.textContent = `There is no view “${options.view}”; there is ${stations.map(s => s.slug).join(', ')}.`
    return { state: '', update() {}, unmount: () => root.replaceChildren() }
  }
  const [view, chosen] = await Promise.all([loadView(station), chooseDevice('js')])
  style.textContent = css + (view.styles ?? '')
  return run(place, root, station, view, options, chosen.note)
}

function run(
  place: HTMLElement,
  root: HTMLElement | ShadowRoot,
  station: Station,
  view: AnyView,
  options: MountOptions,
  deviceNote: string | undefined,
): Mounted {
  const { model } = view
  const schema = model.schema as Schema<AnyState>
  const start = parseState(schema, options.state ?? '')
  const frames = new URLSearchParams((options.state ?? '').replace(/^#/, ''))
  const named = (key: 'hide' | 'lock'): Set<string> =>
    new Set([...(options[key] ?? []), ...(frames.get(key)?.split(',') ?? [])])
  const hidden = named('hide')
  const locked = named('lock')

  const state = signal<AnyState>(start.state)
  const shown = signal<Shown<AnyState, unknown>>()
  const notes = signal<readonly string[]>([...start.notes, ...(deviceNote ? [deviceNote] : [])])
  const spoken = signal('')
  let timer: ReturnType<typeof setTimeout> | undefined
  const later = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (shown.peek()) spoken.value = model.say(shown.peek()!.state, shown.peek()!.derived)
      if (options.inAddress) history.replaceState(null, '', `#${address()}`)
    }, 250)
  }
  /** State and what the frame was told, as an address. */
  const address = (): string =>
    [
      formatState(schema, state.peek()),
      ...(['hide', 'lock', 'theme'] as const).flatMap(key => (frames.has(key) ? [`${key}=${frames.get(key)}`] : [])),
    ]
      .filter(Boolean)
      .join('&')

  let asked = new AbortController()
  const busy = signal(false)
  const stop = effect(() => {
    const current = state.value
    asked.abort() // a newer state makes the older answer worthless
    asked = new AbortController()
    const mine = asked.signal
    const slow = setTimeout(() => {
      if (!mine.aborted) busy.value = true
    }, 200)
    const answered = (): void => {
      clearTimeout(slow)
      if (!mine.aborted) busy.value = false
    }
    model.derive(current, mine).then(
      derived => {
        answered()
        if (!mine.aborted) shown.value = { state: current, derived }
      },
      (error: unknown) => {
        answered()
        if (!mine.aborted)
          notes.value = [`This could not be computed: ${error instanceof Error ? error.message : error}`]
      },
    )
  })
  const bench: Bench = {
    schema,
    state,
    set(changes) {
      state.value = { ...state.peek(), ...changes }
      if (notes.peek().length > 0) notes.value = []
      later()
    },
    isHidden: key => hidden.has(key),
    isLocked: key => locked.has(key),
    say: sentence => {
      spoken.value = sentence
    },
  }
  const fromAddress = (): void => {
    if (location.hash.slice(1) !== address()) update(location.hash)
  }
  const update = (text: string): void => {
    const parsed = parseState(schema, text, initialState(schema))
    state.value = parsed.state
    notes.value = parsed.notes
    later()
  }
  if (options.inAddress) addEventListener('hashchange', fromAddress)
  const unfollow = followSelection(root)
  const link = (): string => {
    const page = options.pageOf?.(station) ?? location.href.replace(/#.*/, '')
    return `${page}#${formatState(schema, state.peek())}`
  }
  render(
    <Frame
      station={station}
      view={view}
      bench={bench}
      shown={shown}
      notes={notes}
      busy={busy}
      spoken={spoken}
      embedded={options.embedded ?? false}
      headingLevel={options.headingLevel ?? 2}
      link={link}
    />,
    place,
  )
  return {
    get state() {
      return address()
    },
    update,
    unmount() {
      stop()
      unfollow()
      clearTimeout(timer)
      removeEventListener('hashchange', fromAddress)
      render(null, place)
      root.replaceChildren()
    },
  }
}
