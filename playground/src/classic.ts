/** Everything in one script that is no module: for pages opened from a disk, and for pages that cannot use modules. */
import './chainrule-view.ts'
import { start } from './app.tsx'

export { mount } from './chainrule-view.ts'
export { start }

if (document.currentScript?.hasAttribute('data-start')) start()
