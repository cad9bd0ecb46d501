import { createReadStream } from 'node:fs'
import { base64url, hashing } from '#kernel'

/** The size and the SHA-256 of a file, as manifests say them. */
export async function hashFile(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = hashing()
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.byteLength
  }
  return { bytes, sha256: base64url(hash.digest()) }
}
