/**
 * Where the places and ports of a guide lie on the machine of a test. As a
 * program, `move-places.ts MOVE`, it moves those of its standard input.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

export interface Move {
  readonly folder: string
  /** Folders of the guide, which lie in that folder. */
  readonly places: readonly string[]
  /** By the port of the guide. */
  readonly ports: Readonly<Record<number, number>>
}

export function movePlaces(text: string, { folder, places, ports }: Move): string {
  let moved = text
  for (const place of places) moved = moved.replaceAll(new RegExp(`(?<![\\w/.-])${place}(?=[/\\s"';]|$)`, 'gm'), `${folder}${place}`)
  // All at once: a port that one was moved to may be one of the guide's.
  return moved.replaceAll(/(127\.0\.0\.1:|port: |listen )(\d+)\b(?!\.)/g, (whole, before: string, port: string) => {
    const to = ports[Number(port)]
    if (to === undefined) return whole
    return `${before === 'listen ' ? 'listen 127.0.0.1:' : before}${to}`
  })
}

if (import.meta.main) process.stdout.write(movePlaces(readFileSync(0, 'utf8'), JSON.parse(process.argv[2] ?? '') as Move))
