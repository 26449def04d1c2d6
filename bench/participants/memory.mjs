/** Resident memory of this process, as the system counts it. */
import { readFileSync } from 'node:fs'

const kilobytes = name => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1])

export const residentBytes = () => kilobytes('VmRSS') * 1024
/** The most it has been so far. */
export const peakResidentBytes = () => kilobytes('VmHWM') * 1024
