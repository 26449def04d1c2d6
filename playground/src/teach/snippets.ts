/** What a teacher pastes into a page of their own to show a view. */

export const themes = { auto: 'as the reader’s system', light: 'light', dark: 'dark' } as const
export type Theme = keyof typeof themes
/** What a reader may do with a field. */
export const permissions = { open: 'may be changed', lock: 'is shown, cannot be changed', hide: 'is hidden' } as const
export type Permission = keyof typeof permissions

export interface Lesson {
  /** The folder of the site, with a slash at its end. */
  readonly root: string
  readonly view: string
  readonly title: string
  /** As in an address. */
  readonly state: string
  readonly fields: Readonly<Record<string, Permission>>
  readonly theme: Theme
  /** Of the frame, in pixels. */
  readonly height: number
}

/** Names of the fields with this permission, in their order. */
const named = (lesson: Lesson, permission: Permission): string[] =>
  Object.keys(lesson.fields).filter(key => lesson.fields[key] === permission)
const attribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** The view alone on a page, as an address. */
export function addressOf(lesson: Lesson): string {
  const parts = [
    lesson.state,
    ...(['hide', 'lock'] as const).flatMap(p => named(lesson, p).join(',') && `${p}=${named(lesson, p).join(',')}`),
    lesson.theme === 'auto' ? '' : `theme=${lesson.theme}`,
  ].filter(Boolean)
  return `${lesson.root}embed/${lesson.view}.html${parts.length > 0 ? `#${parts.join('&')}` : ''}`
}

export const snippets = {
  frame: {
    title: 'a frame: for learning platforms, and wherever scripts are not allowed',
    write: (lesson: Lesson): string =>
      `<iframe src="${attribute(addressOf(lesson))}" title="${attribute(lesson.title)}" width="100%" height="${lesson.height}" style="border:0" allow="clipboard-write"></iframe>`,
  },
  element: {
    title: 'an element: it is as high as it needs to be',
    write(lesson: Lesson): string {
      const attributes = [
        ['view', lesson.view],
        ['state', lesson.state],
        ['hide', named(lesson, 'hide').join(',')],
        ['lock', named(lesson, 'lock').join(',')],
        ['theme', lesson.theme === 'auto' ? '' : lesson.theme],
      ].flatMap(([name, value]) => (value ? `${name}="${attribute(value)}"` : []))
      return `<script type="module" src="${attribute(lesson.root)}chainrule-view.js"></script>
<chainrule-view ${attributes.join(' ')}></chainrule-view>`
    },
  },
  mount: {
    title: 'from a script of your own',
    write(lesson: Lesson): string {
      const options = {
        view: lesson.view,
        ...(lesson.state && { state: lesson.state }),
        ...(named(lesson, 'hide').length > 0 && { hide: named(lesson, 'hide') }),
        ...(named(lesson, 'lock').length > 0 && { lock: named(lesson, 'lock') }),
        ...(lesson.theme !== 'auto' && { theme: lesson.theme }),
      }
      return `<div id="${lesson.view}"></div>
<script type="module">
import { mount } from ${JSON.stringify(`${lesson.root}chainrule-view.js`)}
await mount(document.getElementById(${JSON.stringify(lesson.view)}), ${JSON.stringify(options, null, 2).replaceAll('<', '\\u003c')})
</script>`
    },
  },
} as const
export type Kind = keyof typeof snippets
