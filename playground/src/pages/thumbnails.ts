/** The pictures of the map: each is its view, alive, small and not to be touched; it is there while it can be seen. */
import { type Mounted, mount } from '../frame/mount.tsx'

/** Views are laid out so wide, in pixels, and then made small. */
const width = 520
/** Of a view, the picture alone. */
const pictureAlone = `
.view { padding: 0 }
.view > :not(.stage), .stage > :not(.picture), .picture .transport { display: none }
.stage, .stage.with-controls { display: block }`

/** Fills the elements with a `data-thumbnail`, which names a view, as they come into the window. */
export function fillThumbnails(page: Element): void {
  const observer = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (entry.isIntersecting) shows.get(entry.target)!.begin()
      else shows.get(entry.target)!.end()
    }
  })
  const shows = new Map<Element, Show>()
  for (const place of page.querySelectorAll<HTMLElement>('[data-thumbnail]')) {
    shows.set(place, new Show(place))
    observer.observe(place)
  }
}

class Show {
  readonly #place: HTMLElement
  readonly #root: ShadowRoot
  readonly #inner: HTMLElement
  #wanted = false
  #mounted: Mounted | undefined
  #changing: Promise<void> = Promise.resolve()

  constructor(place: HTMLElement) {
    this.#place = place
    this.#inner = document.createElement('div')
    this.#inner.style.cssText = `width:${width}px;transform-origin:0 0`
    this.#root = this.#inner.attachShadow({ mode: 'open' })
    place.append(this.#inner)
  }
  begin(): void {
    this.#wanted = true
    this.#inner.style.transform = `scale(${this.#place.clientWidth / width})`
    this.#follow()
  }
  end(): void {
    this.#wanted = false
    this.#follow()
  }
  /** One after the other: loading takes time, in which a reader may have scrolled on. */
  #follow(): void {
    this.#changing = this.#changing.then(async () => {
      if (this.#wanted && !this.#mounted) {
        this.#mounted = await mount(this.#root, { view: this.#place.dataset.thumbnail! })
        const style = document.createElement('style')
        style.textContent = pictureAlone
        this.#root.append(style)
      } else if (!this.#wanted && this.#mounted) {
        this.#mounted.unmount()
        this.#mounted = undefined
      }
    })
  }
}
