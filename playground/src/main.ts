/** Entry of the site's pages. */
import { start } from './app.tsx'

start()
