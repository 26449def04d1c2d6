/** A component whose code is loaded when it is first shown. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

export function later<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | undefined
  return function Later(props: Props) {
    const [, show] = useState(loaded !== undefined)
    useEffect(() => {
      if (loaded) return
      let gone = false
      void load().then(component => {
        loaded = component
        if (!gone) show(true)
      })
      return () => {
        gone = true
      }
    }, [])
    const Component = loaded
    return Component ? <Component {...props} /> : null
  }
}
