/**
 * Builds what is published: plain JavaScript, since Node refuses to strip types
 * under node_modules. The SDK stays as it was written, file by file, with its types. The
 * policy engine becomes one file beside its types, which is half the size. The
 * server becomes a few, because finding, reading and linking a thousand of them is
 * most of what a start takes. `npm run pack -- FOLDER` leaves the tarballs there.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown, type CodeSplittingGroup, type Plugin } from 'rolldown'

const root = fileURLToPath(new URL('.', import.meta.url))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly imports?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Pure JavaScript in hundreds of files, of which the server uses a few: they go into its file. All others are installed beside it. */
const inlined: readonly string[] = ['@countersign/cedar', 'kysely', 'typebox']

/** What the server runs in threads: a file each, where its source stood. */
const threads: readonly string[] = ['./src/app/referee/clerk-main.ts']

/** Builds a package and packs it into `destination`. Returns the tarball's path. */
export async function pack(folder: 'server' | 'sdk' | 'cedar', destination: string): Promise<string> {
  const home = join(root, 'packages', folder)
  const stage = mkdtempSync(join(tmpdir(), 'countersign-pack-'))
  try {
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest
    if (folder === 'server') await bundle(home, stage, manifest)
    else compile(home, stage, folder === 'cedar' ? 'types' : 'all')
    if (folder === 'cedar') await bundleLibrary(home, stage)
    copyRest(home, stage)
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

async function bundle(home: string, stage: string, { bin = {}, dependencies = {} }: Manifest): Promise<void> {
  const beside = Object.keys(dependencies).filter((name) => !inlined.includes(name))
  const outside = (id: string): boolean => id.startsWith('node:') || beside.some((name) => id === name || id.startsWith(`${name}/`))
  for (const path of Object.values(bin)) {
    const file = join(stage, built(path))
    const build = await rolldown({
      input: join(home, path),
      platform: 'node',
      external: outside,
      plugins: [whereFilesStood(join(home, 'src'), join(stage, 'dist'), file)],
    })
    await build.write({
      dir: dirname(file),
      entryFileNames: basename(file),
      chunkFileNames: '[name].js',
      format: 'esm',
      codeSplitting: { groups: chunks(home) },
      keepNames: true,
      // Without spaces it stays under what its readers were promised; names are kept, so that a stack can be read.
      comments: false,
    })
    await build.close()
  }
  for (const path of threads) {
    const file = join(stage, built(path))
    const plugins = [whereFilesStood(join(home, 'src'), join(stage, 'dist'), file)]
    const build = await rolldown({ input: join(home, path), platform: 'node', external: outside, plugins })
    await build.write({ file, format: 'esm', keepNames: true, comments: false })
    await build.close()
  }
  const notices = inlined
    .filter((name) => !name.startsWith('@countersign/'))
    .map((name) => `${name}\n\n${readFileSync(join(root, 'node_modules', name, licenseOf(name)), 'utf8')}`)
  writeFileSync(join(stage, 'dist', 'LICENSES.txt'), notices.join('\n\n'))
}

/** One file for every platform: whatever it imported would be missing on some. */
async function bundleLibrary(home: string, stage: string): Promise<void> {
  const build = await rolldown({ input: join(home, 'src/index.ts'), platform: 'neutral' })
  await build.write({
    file: join(stage, 'dist/index.js'),
    format: 'esm',
    // Without spaces it stays under what its readers were promised; names are kept, so that a stack can be read.
    comments: false,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  })
  await build.close()
  const wanted = typesFrom(join(stage, 'dist/index.d.ts'))
  for (const path of globSync('dist/**/*.d.ts', { cwd: stage })) if (!wanted.has(join(stage, path))) rmSync(join(stage, path))
}

/** The declarations that one leads to; those of the inside are nobody's concern. */
function typesFrom(path: string, found: Set<string> = new Set<string>()): ReadonlySet<string> {
  if (found.has(path)) return found
  found.add(path)
  for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
    typesFrom(join(dirname(path), target.replace(/\.[jt]s$/, '.d.ts')), found)
  }
  return found
}

/**
 * A command that asks a server loads the program and what it needs to ask; the server is a file that only what runs one loads.
 * What both need is a third: a file that imports the program again would wait for it, while the program waits for that file.
 */
function chunks(home: string): CodeSplittingGroup[] {
  const source = join(home, 'src')
  return [
    { name: 'shared', test: (id) => ['kernel', 'remote'].some((module) => id.startsWith(join(source, module, '/'))), priority: 2 },
    { name: 'server', test: (id) => !id.startsWith(join(source, 'cli', '/')), priority: 1 },
  ]
}

function licenseOf(name: string): string {
  const [file] = globSync('{license,LICENSE}*', { cwd: join(root, 'node_modules', name) })
  if (file === undefined) throw new Error(`${name} has no license file to bring along`)
  return file
}

/** A module that reads a file beside itself finds it where it would be without the bundle. */
function whereFilesStood(sources: string, dist: string, file: string): Plugin {
  return {
    name: 'where-files-stood',
    transform(code, id) {
      if (!id.startsWith(sources) || !code.includes('import.meta.url')) return undefined
      const stood = relative(dirname(file), join(dist, relative(sources, id))).replace(/\.ts$/, '.js')
      return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(stood)}, import.meta.url).href`)
    },
  }
}

function compile(home: string, stage: string, emits: 'all' | 'types'): void {
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: emits === 'types',
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
  const { dependencies = {} } = manifest
  return {
    ...manifest,
    imports: manifest.bin === undefined ? mapped(manifest.imports) : undefined,
    exports: mapped(manifest.exports),
    bin: mapped(manifest.bin),
    dependencies: Object.fromEntries(
      Object.entries(dependencies).filter(([name]) => manifest.bin === undefined || !inlined.includes(name)),
    ),
    files: ['dist', 'policies'],
  }
}

function built(path: string): string {
  return path.replace('./src/', './dist/').replace(/\.ts$/, '.js')
}

if (import.meta.main) {
  const destination = process.argv[2] ?? 'build'
  for (const folder of ['cedar', 'sdk', 'server'] as const) console.log(await pack(folder, destination))
}
