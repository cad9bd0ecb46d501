import type { Check } from './check.ts'
import { clockChecks } from './checks/clock.ts'
import { databaseChecks } from './checks/database.ts'
import { diskChecks } from './checks/disk.ts'
import { configurationChecks, issuerChecks } from './checks/issuer.ts'
import { limitChecks } from './checks/limits.ts'
import { outboundChecks } from './checks/outbound.ts'
import { permissionChecks } from './checks/permissions.ts'
import { proxyChecks } from './checks/proxy.ts'
import { tlsChecks } from './checks/tls.ts'

/** Every check there is, in the order of the reference. */
export const checks: readonly Check[] = [
  ...configurationChecks,
  ...issuerChecks,
  ...proxyChecks,
  ...tlsChecks,
  ...clockChecks,
  ...databaseChecks,
  ...permissionChecks,
  ...diskChecks,
  ...limitChecks,
  ...outboundChecks,
]
