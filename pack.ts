/**
 * Builds what is published: plain JavaScript and types, since Node refuses to
 * strip types under node_modules. `npm run pack -- FOLDER` leaves the tarballs there.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly imports?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
}

/** Builds a package and packs it into `destination`. Returns the tarball's path. */
export function pack(folder: 'server' | 'sdk', destination: string): string {
  const home = join(root, 'packages', folder)
  const stage = mkdtempSync(join(tmpdir(), 'countersign-pack-'))
  try {
    compile(home, stage)
    copyRest(home, stage)
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published(manifest), null, 2)}\n`)
    for (const path of Object.values(manifest.bin ?? {})) chmodSync(join(stage, built(path)), 0o755)
    mkdirSync(destination, { recursive: true })
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(destination)], {
        cwd: stage,
        encoding: 'utf8',
      }),
    ) as readonly { readonly filename: string }[]
    if (packed === undefined) throw new Error('npm packed nothing')
    return join(resolve(destination), packed.filename)
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

function compile(home: string, stage: string): void {
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rewriteRelativeImportExtensions: true,
      outDir: join(stage, 'dist'),
      rootDir: join(home, 'src'),
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [join(home, 'src/**/*.ts')],
    exclude: [join(home, 'src/**/*.test.ts')],
  }
  // Beside what is built, so that nothing is written into the sources and two may pack at once.
  const config = join(stage, 'tsconfig.json')
  writeFileSync(config, JSON.stringify(options))
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { stdio: ['ignore', 'inherit', 'inherit'] })
}

/** Everything under `src` that is not TypeScript (pages, styles), the shipped policies, and the words. */
function copyRest(home: string, stage: string): void {
  for (const path of globSync('src/**/*.{eta,css,svg}', { cwd: home })) copy(join(home, path), join(stage, path.replace(/^src/, 'dist')))
  for (const name of ['policies', 'README.md'])
    if (existsSync(join(home, name))) cpSync(join(home, name), join(stage, name), { recursive: true })
  copy(join(root, 'LICENSE'), join(stage, 'LICENSE'))
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

function published(manifest: Manifest): object {
  const mapped = (paths: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined =>
    paths && Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, built(path)]))
  return {
    ...manifest,
    imports: mapped(manifest.imports),
    exports: mapped(manifest.exports),
    bin: mapped(manifest.bin),
    files: ['dist', 'policies'],
  }
}

function built(path: string): string {
  return path.replace('./src/', './dist/').replace(/\.ts$/, '.js')
}

if (import.meta.main) {
  const destination = process.argv[2] ?? 'build'
  for (const folder of ['sdk', 'server'] as const) console.log(pack(folder, destination))
}
