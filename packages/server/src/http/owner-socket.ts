/**
 * The Unix socket in the data directory, for the owner of this machine.
 *
 * Node cannot ask the kernel who is at the other end (SO_PEERCRED), and does
 * not need to: to connect, Linux and macOS demand search permission on every
 * directory of the path and write permission on the socket (unix(7), "Pathname
 * socket ownership and permissions"). A socket of mode 0600 in a directory of
 * mode 0700, both ours, can be opened by our own user and by root, and both can
 * read the database anyhow. So ownership and modes are checked, before and
 * after, and a connection that comes is the owner's.
 *
 * Other Unixes ignore the socket's own mode; the directory's holds there too.
 *
 * @module
 */

import { chmod, lstat, unlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { markOwnerSocket } from './arrival.ts'
import { connectionLimits, countConnections, drainServer, nodeSettings, prepare, type Answering, type Listener } from './listener.ts'

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the final NUL included. */
const longestPath = 103

/** A handful of commands at a time; more is a mistake. */
const mostConnections = 64

/** Listens on a socket that only the owner of its directory can open. Rejects with one sentence when that cannot be had. */
export async function listenForOwner(answering: Answering, path: string): Promise<Listener> {
  if (Buffer.byteLength(path) > longestPath) throw new Error(`The path of the socket is longer than ${longestPath} bytes: ${path}`)
  await checkDirectory(dirname(path))
  await removeStale(path)
  const server = createServer(nodeSettings(connectionLimits))
  prepare(server, answering, { ...connectionLimits, mostConnections })
  server.on('connection', markOwnerSocket)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`The socket ${path} cannot be opened`, { cause })))
    // Exclusive: a worker opens it by itself, and it goes when the worker does.
    server.listen({ path, readableAll: false, writableAll: false, exclusive: true }, resolve)
  })
  // Between bind and this line the directory alone keeps others out, which is enough.
  await chmod(path, 0o600)
  await checkSocket(path)
  return {
    port: 0,
    connections: () => countConnections(server),
    reload: () => Promise.resolve(),
    drain: (withinMs) => drainServer(server, withinMs),
  }
}

async function checkDirectory(path: string): Promise<void> {
  const found = await lstat(path)
  if (!found.isDirectory()) throw new Error(`${path} is no directory`)
  if (found.uid !== process.getuid?.()) throw new Error(`${path} belongs to another user, so the socket in it would be theirs too`)
  if ((found.mode & 0o077) !== 0)
    throw new Error(`${path} must be for its owner only (chmod 700), since whoever opens the socket in it is the owner`)
}

async function checkSocket(path: string): Promise<void> {
  const found = await lstat(path)
  if (!found.isSocket() || found.uid !== process.getuid?.() || (found.mode & 0o177) !== 0)
    throw new Error(`${path} is not the socket that was opened`)
}

/** A socket that nobody answers was left by a server that died. One that is answered belongs to a server that lives. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return
  if (!found.isSocket()) throw new Error(`${path} is in the way: it is no socket`)
  if (await isAnswered(path)) throw new Error(`Another server is listening on ${path}`)
  await unlink(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}
