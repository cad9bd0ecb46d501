/**
 * Finds what is wrong around a server, and says in words what it is and what to
 * do about it.
 *
 * @module
 */

import { diagnose, type Finding } from './check.ts'
import { checks } from './checks.ts'
import { look } from './look/look.ts'
import type { Patient } from './patient.ts'

/** A configuration that cannot be read is a finding like any other, and then the only one. */
export async function examine(
  patient: Patient | { readonly mistakes: readonly string[]; readonly nowMs: number },
): Promise<readonly Finding[]> {
  if ('mistakes' in patient) return diagnose(checks, { nowMs: patient.nowMs, configuration: patient.mistakes })
  return diagnose(checks, await look(patient))
}
