import { expect, test } from 'vitest'
import { addressOf, type Lesson, snippets } from './snippets.ts'

const lesson: Lesson = {
  root: 'https://example.org/play/',
  view: 'neuron',
  title: 'A "neuron" & more',
  state: 'w=1,2,3&act=tanh',
  fields: { w: 'open', act: 'lock', b: 'hide', tools: 'hide' },
  theme: 'dark',
  height: 640,
}
test('an address says the state, what is hidden and what is locked', () => {
  expect(addressOf(lesson)).toBe(
    'https://example.org/play/embed/neuron.html#w=1,2,3&act=tanh&hide=b,tools&lock=act&theme=dark',
  )
  expect(addressOf({ ...lesson, state: '', fields: { w: 'open' }, theme: 'auto' })).toBe(
    'https://example.org/play/embed/neuron.html',
  )
})
test('what is pasted is well-formed: quotes and ampersands are written as HTML wants them', () => {
  const frame = snippets.frame.write(lesson)
  expect(frame).toContain('#w=1,2,3&amp;act=tanh&amp;hide=b,tools&amp;lock=act&amp;theme=dark"')
  expect(frame).toContain('title="A &quot;neuron&quot; &amp; more"')
  expect(frame).toContain('height="640"')
  expect(
    snippets.element.write(lesson),
  ).toBe(`<script type="module" src="https://example.org/play/chainrule-view.js"></script>
<chainrule-view view="neuron" state="w=1,2,3&amp;act=tanh" hide="b,tools" lock="act" theme="dark"></chainrule-view>`)
  expect(snippets.mount.write({ ...lesson, state: '</script>' })).not.toContain('"</script>"')
})
