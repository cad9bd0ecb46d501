import { createReadStream } from 'node:fs'
import { verifyExport, type ExportVerification } from '#audit'

/** Verifies an exported record in a file, without any server. Refuses with `audit.unreadable_key`; what cannot be read is thrown. */
export async function verifyExportFile(path: string, key: string | undefined): Promise<ExportVerification> {
  return verifyExport(createReadStream(path), key)
}
