/** How fast training is. The first step of a run compiles and says nothing about the others. */

export class Pace {
  #from = performance.now()
  #lap = performance.now()
  #steps = 0
  #first = 0
  #seconds = 0
  samplesPerSecond = 0

  /** The next step begins now; what was before (reports, validation) does not count. */
  resume(): void {
    this.#from = performance.now()
  }
  /** A step has ended. */
  step(samples: number): void {
    const took = (performance.now() - this.#from) / 1000
    if (this.#steps++ === 0) this.#first = took
    else this.#seconds += took
    const now = samples / took
    this.samplesPerSecond = this.#steps <= 2 ? now : this.samplesPerSecond + 0.1 * (now - this.samplesPerSecond)
  }
  get secondsPerStep(): number {
    return this.#steps > 1 ? this.#seconds / (this.#steps - 1) : this.#first
  }
  /** Everything since the last time this was asked. */
  takeSeconds(): number {
    const now = performance.now()
    const seconds = (now - this.#lap) / 1000
    this.#lap = now
    return seconds
  }
}
