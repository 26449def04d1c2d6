/** The code of the views. Each is a chunk of its own, loaded when somebody looks at it. */
import type { AnyView } from './frame/define.ts'
import type { Station } from './stations.ts'

const modules = import.meta.glob<{ default: AnyView }>('./views/*/view.tsx')

/** Loads a station's view. */
export async function loadView({ id }: Station): Promise<AnyView> {
  const load = modules[`./views/${id}/view.tsx`]
  if (!load) throw new Error(`there is no folder views/${id}`)
  return (await load()).default
}
