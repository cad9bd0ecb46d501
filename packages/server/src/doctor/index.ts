/** What is wrong around a server, in words. @module */

export type { Area, Check, Finding, Level } from './check.ts'
export { checks } from './checks.ts'
export { examine } from './doctor.ts'
export type { Patient } from './patient.ts'
