/** Starting Countersign and making its configuration. @module */

import { exitCodes, type Command } from '../command.ts'
import { UsageMistake } from '../options.ts'

const startCommand: Command = {
  name: 'start',
  says: 'Starts the identity server and the gateway. With --demo, a whole example with its own data, on loopback only.',
  options: [
    { name: 'config', kind: 'text', value: 'FILE', says: 'The configuration; ./countersign.yaml when absent.' },
    { name: 'demo', kind: 'flag', says: 'Run the demo: accounts, clients and the Notes app.' },
    {
      name: 'fixture',
      kind: 'text',
      value: 'NAME',
      says: 'Run a fixture for suites that test from outside, under https: conformance, for that of the OpenID Foundation.',
    },
    {
      name: 'fixture-file',
      kind: 'text',
      value: 'FILE',
      says: 'Its clients, people and settings; one is made in the data directory when absent.',
    },
    {
      name: 'port',
      kind: 'text',
      value: 'N',
      says: 'With --demo: the port of the identity server, 9000 when absent (with --fixture 9443); 0 takes a free one.',
    },
    { name: 'gateway-port', kind: 'text', value: 'N', says: 'With --demo: the port of the gateway, 9001 when absent; 0 takes a free one.' },
    {
      name: 'data',
      kind: 'text',
      value: 'DIR',
      says: 'With --demo: where the data is, ./data when absent (with --fixture ./conformance).',
    },
    { name: 'server-only', kind: 'flag', says: 'Without the gateway and the demo app.' },
    {
      name: 'new-instance',
      kind: 'flag',
      says: 'Begin new data where there is none, with the root key that is there. Without it that is a loss.',
    },
    {
      name: 'workers',
      kind: 'text',
      value: 'N',
      says: 'With PostgreSQL: so many processes on the same port, 1 to 64. What the configuration says when absent.',
    },
  ],
  examples: [
    'countersign start --demo',
    'countersign start --config /etc/countersign/countersign.yaml',
    'countersign start --config /etc/countersign/countersign.yaml --workers 4',
    'countersign start --fixture conformance',
  ],
  run: async (given) => {
    const { start } = await import('#app')
    return start({
      demo: given.flag('demo'),
      fixture: given.text('fixture'),
      fixtureFile: given.text('fixture-file'),
      config: given.text('config'),
      port: readPort(given.text('port'), 'port'),
      gatewayPort: readPort(given.text('gateway-port'), 'gateway-port'),
      dataDirectory: given.text('data'),
      serverOnly: given.flag('server-only'),
      newInstance: given.flag('new-instance'),
      workers: readWorkers(given.text('workers')),
      print: given.print,
    })
  },
}

const initCommand: Command = {
  name: 'init',
  says: 'Makes a production configuration, the root key, and a one-time link for the first administrator.',
  options: [
    { name: 'issuer', kind: 'text', value: 'URL', says: 'The public address of the identity server, for instance https://id.example.com.' },
    { name: 'folder', kind: 'text', value: 'DIR', says: 'Where to put the configuration; this folder when absent.' },
    { name: 'data', kind: 'text', value: 'DIR', says: 'The data directory; FOLDER/data when absent.' },
    {
      name: 'root-key',
      kind: 'text',
      value: 'FILE',
      says: 'Where to make the root key; outside the data directory. FOLDER/root.key when absent.',
    },
    { name: 'listen', kind: 'text', value: 'HOST:PORT', says: 'Where the identity server listens.' },
    { name: 'tls-certificate', kind: 'text', value: 'FILE', says: 'We end TLS with this certificate chain…' },
    { name: 'tls-key', kind: 'text', value: 'FILE', says: '…and this key.' },
    { name: 'tls-ended-by', kind: 'text', value: 'NAME', says: 'Or a proxy of this name ends TLS…' },
    { name: 'proxy-address', kind: 'list', value: 'ADDRESS', says: '…at these addresses.' },
    {
      name: 'app',
      kind: 'text',
      value: 'ORIGIN=UPSTREAM',
      says: 'Guard an app, for instance https://notes.example.com=http://127.0.0.1:3000.',
    },
    { name: 'gateway-listen', kind: 'text', value: 'HOST:PORT', says: 'Where the gateway listens, when there is an app.' },
    { name: 'policies', kind: 'text', value: 'DIR', says: 'The policy store of the app.' },
    { name: 'link-file', kind: 'text', value: 'FILE', says: 'Write the link to this file (0600) instead of the terminal.' },
  ],
  examples: [
    'countersign init --issuer https://id.example.com --listen 0.0.0.0:443 --tls-certificate cert.pem --tls-key key.pem',
    'countersign init --issuer https://id.example.com --listen 127.0.0.1:9000 --tls-ended-by nginx --proxy-address 127.0.0.1',
  ],
  run: async (given) => {
    const issuer = given.text('issuer')
    if (issuer === undefined) throw new UsageMistake('init needs --issuer, the public address of the identity server')
    const { init } = await import('#app')
    return init({
      issuer,
      folder: given.text('folder') ?? '.',
      dataDirectory: given.text('data'),
      rootKeyFile: given.text('root-key'),
      listen: given.text('listen'),
      tlsCertificate: given.text('tls-certificate'),
      tlsKey: given.text('tls-key'),
      tlsEndedBy: given.text('tls-ended-by'),
      proxyAddresses: given.list('proxy-address'),
      app: given.text('app'),
      gatewayListen: given.text('gateway-listen'),
      policies: given.text('policies'),
      linkFile: given.text('link-file'),
      print: given.print,
    })
  },
}

const migrateCommand: Command = {
  name: 'migrate',
  says: 'Brings the database to the schema of this version, by the role in database.migrateUrl where there is one. Servers may run meanwhile.',
  options: [{ name: 'config', kind: 'text', value: 'FILE', says: 'The configuration; ./countersign.yaml when absent.' }],
  examples: ['COUNTERSIGN_DATABASE_MIGRATE_URL=postgres://owner:… countersign migrate --config /etc/countersign/countersign.yaml'],
  run: async (given) => (await import('#app')).migrate(given.text('config'), given.print),
}

const gatewayCommand: Command = {
  name: 'gateway',
  says: 'Runs the gateway as a process of its own. The server starts it; what it needs comes on standard input.',
  options: [],
  examples: ['countersign gateway < settings.json'],
  isOurs: true,
  run: async (given) => (await import('#app')).runGateway(given.print),
}

const workerCommand: Command = {
  name: 'worker',
  says: 'Runs one of several processes of the server. The server starts it; what it needs comes on standard input.',
  options: [],
  examples: ['countersign worker < settings.json'],
  isOurs: true,
  run: async () => (await import('#app')).runWorker(),
}

const refereeCommand: Command = {
  name: 'referee',
  says: 'Asks Cedar’s own build and this engine the same about a policy set. The server starts it; what it needs comes on standard input.',
  options: [],
  examples: ['countersign referee < set.json'],
  isOurs: true,
  run: async () => (await import('#app')).runReferee(),
}

function readWorkers(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = /^[1-9][0-9]?$/.test(text) ? Number(text) : Number.NaN
  if (!(count <= 64)) throw new UsageMistake('--workers must be a number between 1 and 64')
  return count
}

function readPort(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new UsageMistake(`--${name} must be a port between 0 and 65535`)
  return port
}

export const runningCommands: readonly Command[] = [
  startCommand,
  initCommand,
  migrateCommand,
  gatewayCommand,
  workerCommand,
  refereeCommand,
]
export { exitCodes }
