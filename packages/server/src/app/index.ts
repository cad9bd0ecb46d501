/** The whole, put together: configuration, composition, start. @module */

export { backUp, type BackupAsked } from './backup/back-up.ts'
export { restore, type RestoreAsked } from './backup/restore.ts'
export { runGateway } from './gateway-main.ts'
export { doctor, type DoctorAsked } from './doctor.ts'
export { init, type InitAsked } from './init.ts'
export { migrate } from './migrate.ts'
export { checkPolicies } from './policy-check.ts'
export { verifyExportFile } from './verify-export.ts'
export { start, type StartAsked } from './start.ts'
export { runReferee } from './referee/referee-main.ts'
export { runWorker } from './workers/worker.ts'
export type { Words } from './words.ts'
