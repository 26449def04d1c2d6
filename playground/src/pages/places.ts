/** Addresses of the site's pages, from wherever the site lies. */
import type { Station } from '../stations.ts'

/** The folder of the site; every page's file says where it is. */
export const root = (): string => new URL(document.documentElement.dataset.root ?? './', location.href).href
export const lecturePage = (station: Station): string => `${root()}lecture/${station.slug}.html`
export const embedPage = (station: Station): string => `${root()}embed/${station.slug}.html`
export const page = (name: string): string => `${root()}${name}.html`
