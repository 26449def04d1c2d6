/**
 * Views in anybody's page: `<chainrule-view view="neuron" state="w=1,2,3"></chainrule-view>` after
 * `<script type="module" src="…/chainrule-view.js">`, or `mount(element, { view: 'neuron' })`.
 */
import { type Mounted, type MountOptions, mount as mountInto } from './frame/mount.tsx'

export type { Mounted, MountOptions }

/** Draws a view into an element, in a shadow root of its own: styles of the page and of the view do not meet. */
export const mount = (element: HTMLElement, options: MountOptions): Promise<Mounted> =>
  mountInto(element.shadowRoot ?? element.attachShadow({ mode: 'open' }), { embedded: true, ...options })

const words = (text: string | null): string[] => text?.split(/[\s,]+/).filter(Boolean) ?? []

class ChainruleView extends HTMLElement {
  static readonly observedAttributes = ['view', 'state', 'hide', 'lock', 'theme']
  #mounted: Promise<Mounted> | undefined
  connectedCallback(): void {
    this.style.display ||= 'block'
    this.#mount()
  }
  disconnectedCallback(): void {
    void this.#mounted?.then(m => m.unmount())
    this.#mounted = undefined
  }
  attributeChangedCallback(name: string, _: string | null, value: string | null): void {
    if (!this.#mounted) return
    if (name === 'state') void this.#mounted.then(m => m.update(value ?? ''))
    else this.#mount()
  }
  /** What is on screen, as in an address. */
  get state(): Promise<string> | undefined {
    return this.#mounted?.then(m => m.state)
  }
  #mount(): void {
    const before = this.#mounted
    const theme = this.getAttribute('theme')
    this.#mounted = Promise.resolve(before?.then(m => m.unmount())).then(() =>
      mount(this, {
        view: this.getAttribute('view') ?? '',
        state: this.getAttribute('state') ?? '',
        hide: words(this.getAttribute('hide')),
        lock: words(this.getAttribute('lock')),
        theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
      }),
    )
  }
}
if (!customElements.get('chainrule-view')) customElements.define('chainrule-view', ChainruleView)
