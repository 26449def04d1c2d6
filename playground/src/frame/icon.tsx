/** A sign of 16 × 16; fonts do not have them all. */
export const Icon = ({ d }: { readonly d: string }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={d} />
  </svg>
)
