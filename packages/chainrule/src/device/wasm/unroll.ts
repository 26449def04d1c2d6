/** How many copies of a body one turn of a loop holds, by its cost in vector instructions. */

/** Copies of a body in one turn of a loop: small bodies hide latency behind each other. */
export const unrollFor = (cost: number): number => (cost <= 14 ? 4 : cost <= 44 ? 2 : 1)
/** The most copies of a row with lanes across rows. */
export const mostRowVectors = 8
/** The same for lanes across rows that are swept: a cheap sweep should use up two cache lines at a time. */
export const unrollAcrossRows = (cost: number): number => (cost <= 6 ? mostRowVectors : unrollFor(cost))
