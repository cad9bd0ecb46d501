/**
 * The whole house: the only file that knows every module and passes each what
 * it needs of the others. Plain calls, from the ground up.
 *
 * @module
 */

import { createAudit, type Audit } from '#audit'
import { createServer, formTarget, healthEdge, httpRefusalAnswers, mirrorEdge, openApiEdge, type Edge, type Server } from '#http'
import { withdrawEveryRole } from '#identity'
import { systemOperation, type Operation } from '#kernel'
import { sweep as sweepKeys } from '#keys'
import { createClients, createOAuth, protocolAnswers, type Clients, type OAuth } from '#oauth'
import { createCedarEngine, createRemoteEngine } from '#policy'
import { commandLineClientId } from '#remote'
import { createGuesses, createLimits } from '#ratelimit'
import type { Routing } from '#routing'
import { openRulebook, type Rulebook, type RulebookParts } from '#rulebook'
import { setupEdge } from '#setup'
import { dropFormer } from '#store'
import { createSignin, stylesheetHref, type SigninPorts } from '#signin'
import { adminEdge } from './admin-edge.ts'
import { tellsGroups } from './claim-settings.ts'
import type { Config } from './config.ts'
import { adminAudience } from './demo.ts'
import { declaredClients } from './declared-clients.ts'
import { createFeatures, type Features } from './features.ts'
import type { Ground } from './ground.ts'
import { createHouseSetup } from './house-setup.ts'
import { createIdentify, credentialAnswers } from './identify.ts'
import { startJobs, type Jobs } from './jobs.ts'
import { createLastingTrouble, type LastingTrouble } from './lasting-trouble.ts'
import type { Log } from './log.ts'
import { createMirrors } from './mirrors.ts'
import { openHouseRouting } from './open-routing.ts'
import { mtlsServer, openMtls } from './open-mtls.ts'
import { openOutbound } from './open-outbound.ts'
import { openBuckets } from './open-buckets.ts'
import { ownScopeWords } from './own-client.ts'
import { ownStores, policyFolders } from './policy-folders.ts'
import type { Followed } from './follow-news.ts'
import { followPolicies, policyNews } from './policy-news.ts'
import { spinePorts } from './spine-ports.ts'
import type { Clerk } from './referee/clerk.ts'
import { createOpinions, usualShare } from './referee/opinions.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { createTroubleLog } from './trouble-log.ts'
import type { Beside } from './workers/beside.ts'

export interface House extends Features {
  readonly ground: Ground
  readonly audit: Audit
  readonly rulebook: Rulebook
  readonly routing: Routing
  /** How this server keeps up with what others change: policies and routes. */
  readonly followed: readonly Followed[]
  readonly clients: Clients
  readonly oauth: OAuth
  readonly server: Server
  /** The endpoints of clients, for those who show certificates. */
  readonly certificates: Server | undefined
  readonly edges: readonly Edge[]
  /** An operation of our own, whose events outside writes go to the record too. */
  readonly operation: (task: string) => Operation
  /** Whether `/readyz` says yes. */
  readonly isReady: () => boolean
  /** Whether limits are counted together with other servers now; undefined where this process's memory is what was configured. */
  readonly limitsShared: (() => boolean) | undefined
  /** How many policy stores two engines answer by. */
  readonly doubted: () => number
  /** Ends what runs and writes what waits. After the listeners have drained. */
  close(): Promise<void>
}

export interface HouseParts {
  readonly config: Config
  readonly ground: Ground
  readonly log: Log
  readonly version: string
  readonly telemetry?: Telemetry
  readonly beside?: Beside | undefined
  /** Holds Cedar's own build; this process does when absent. */
  readonly clerk?: Clerk
  /** Asks the referee about a policy set before it decides. */
  readonly examine?: RulebookParts['examine']
}

/** The issuer without its scheme: it names the audit log. */
export function publicNameOf({ issuerUrl: { host, pathname } }: Pick<Config, 'issuerUrl'>): string {
  return pathname === '/' ? host : `${host}${pathname}`
}

/** Opens everything over the ground. Throws `PolicyMistakes` when the policies cannot decide; the caller closes the ground. */
export async function composeHouse({ config, ground, log, version, telemetry, beside, clerk, examine }: HouseParts): Promise<House> {
  const { store, keys, clock, tenant } = ground
  const meters = telemetry?.meters
  const path = config.issuerUrl.pathname
  const base = path === '/' ? '' : (path as `/${string}`)
  const trouble = createLastingTrouble(log, clock)
  const audit = createAudit({
    store,
    keys,
    clock,
    tenants: [tenant],
    publicName: publicNameOf(config),
    alarm: (says) => log.error(says, undefined),
    trouble,
  })
  const operation = (task: string): Operation => {
    const op: Operation = systemOperation(task, tenant, (event) => audit.recordRead(op, event), clock)
    return op
  }
  const engine = clerk === undefined ? createCedarEngine() : createRemoteEngine(async (source) => clerk.compile(source))
  const opinions = clerk === undefined ? undefined : createOpinions({ clerk, share: config.referee?.share ?? usualShare, log })
  const features = createFeatures(ground, config, beside?.count)
  const { identity, sessions, tokens } = features
  const rulebook = await openRulebook(operation('start'), {
    store,
    keys,
    program: version,
    engine,
    folders: policyFolders(config),
    folderOnly: ownStores,
    others: policyNews(tokens.revocations),
    ...(examine === undefined ? {} : { examine }),
  })
  const policies = followPolicies(rulebook, { revocations: tokens.revocations, clock, operation, log })
  const clients = createClients({
    store,
    keys,
    tokens,
    withdrawRoles: withdrawEveryRole,
    accessTokenSeconds: config.tokens?.accessTokenSeconds,
  })
  const { revocations } = tokens
  const { routing, followed: routes } = await openHouseRouting({ store, config, rulebook, clients, revocations, clock, operation, log })
  const followed = [policies, routes]
  const declaredBy = declaredClients(config, routing)
  const counting = await openBuckets(operation('start'), ground, config, log, { beside, onFallback: () => meters?.limitFellBack() })
  const { buckets } = counting
  const bare = counting.guesses ?? createGuesses(buckets, config.limits?.guesses)
  const guesses = meters?.guesses(bare) ?? bare
  const bareLimits = createLimits(buckets, config.limits)
  const limits = meters?.limits(bareLimits) ?? bareLimits
  const oauth = createOAuth({
    store,
    keys,
    tokens,
    clients,
    guesses,
    limits,
    issuer: config.issuer,
    claimMappings: config.claims,
    outbound: openOutbound(config, log),
    detailTypes: config.authorizationDetails,
    requirePushedRequests: config.requirePushedRequests === true ? { except: [commandLineClientId] } : undefined,
    mtls: openMtls(config),
    findSession: async (op, cookie) => sessions.find(op, cookie),
    isSessionLive: async (op, id) => (await sessions.get(op, id)) !== undefined,
    endSession: async (op, id) => sessions.end(op, id, 'signed_out'),
    findPerson: async (op, user) => {
      const person = await identity.findUser(op, user)
      if (person?.state !== 'active') return undefined
      return tellsGroups(config.claims) ? { ...person, groups: await identity.groupNamesOf(op, user) } : person
    },
    confirmSignOut: (_op, _input, { action, state, redirectUri }) => ({
      status: 200,
      body: {
        html: signin.pages.signOut({ action, fields: [{ name: 'state', value: state }] }),
        formTargets: [redirectUri].flatMap((uri) => (uri === undefined ? [] : (formTarget(uri) ?? []))),
      },
    }),
  })
  const signinPorts: SigninPorts = {
    identity,
    sessions,
    guesses,
    authorizations: {
      openPending: async (op, state, browser) => oauth.openPending(op, state, browser),
      decideConsent: async (op, session, state, browser, said) => oauth.decideConsent(op, session, state, browser, said),
    },
    countStranger: (op, refused) => audit.countStranger(op, refused),
  }
  const signin = createSignin(meters?.signIns(signinPorts) ?? signinPorts, {
    base,
    scopeWords: { ...ownScopeWords, ...config.scopes },
    mappedClaims: config.claims,
  })
  const setup = createHouseSetup(store, identity)
  const mirrors = createMirrors(keys, base)
  const unready = (): readonly string[] => unreadiness({ store, tokens, audit, rulebook, routing, followed }, () => server.isDraining)
  const edges: Edge[] = [
    healthEdge({ ready: unready }),
    mirrorEdge({ base, isLive: mirrors.isLive }),
    ...oauth.edges,
    signin,
    setupEdge({ setup, base, stylesheet: stylesheetHref(base), countStranger: (op, refused) => audit.countStranger(op, refused) }),
    adminEdge({ config, ground, features, oauth, clients, routing, rulebook, engine, audit, declaredBy, mirrors }),
  ]
  edges.push(openApiEdge(edges, { title: 'Countersign', version, url: config.issuer }))
  const identify = createIdentify({ sessions, tokens, audienceOf: () => adminAudience(config) })
  const serving = {
    edges,
    ports: spinePorts({
      limits,
      identify,
      identity,
      rulebook: meters?.decisions(policies) ?? policies,
      find: (name) => rulebook.find(name),
      confirm: opinions?.confirm,
      audit,
      store,
    }),
    tenant,
    clock,
    origins: [config.issuerUrl.origin],
    trustedProxies: config.listen.tlsEndedBy?.addresses ?? [],
    refusals: { ...protocolAnswers, ...credentialAnswers, ...httpRefusalAnswers },
    renderPage: signin.renderRefusal,
    log: createTroubleLog(log, clock),
    watch: telemetry?.watch,
  }
  const server = createServer(serving)
  const certificates = mtlsServer(config, serving, oauth)

  await tokens.revocations.start()
  audit.start()
  const jobs = startHouseJobs({ features, oauth, ground, config }, operation, trouble)

  return {
    ...features,
    ground,
    audit,
    rulebook,
    routing,
    followed,
    clients,
    oauth,
    server,
    certificates,
    edges,
    operation,
    isReady: () => unready().length === 0,
    limitsShared: counting.isShared,
    doubted: () => opinions?.doubted ?? 0,
    close: async () => {
      await jobs.stop()
      for (const one of followed) one.stop()
      await tokens.revocations.close()
      await audit.stop()
      counting.close()
      await clerk?.close()
      await store.close()
    },
  }
}

/** Why no work should come, in words that strangers may read. */
function unreadiness(
  {
    store,
    tokens,
    audit,
    rulebook,
    routing,
    followed,
  }: Pick<House, 'tokens' | 'audit' | 'rulebook' | 'routing' | 'followed'> & Pick<Ground, 'store'>,
  isDraining: () => boolean,
): readonly string[] {
  return [
    ...(isDraining() ? ['draining'] : []),
    ...(store.isHealthy() || store.isClockOff() ? [] : ['store']),
    ...(store.isClockOff() ? ['clock'] : []),
    ...(tokens.revocations.isFresh() ? [] : ['revocations']),
    ...(audit.freshness().broken === undefined ? [] : ['audit']),
    ...(rulebook.isLost() ? ['policies'] : []),
    ...(routing.isLost() ? ['routes'] : []),
    ...(followed.some((one) => one.isBehind()) ? ['behind'] : []),
  ]
}

/** Activity of people is written down within seconds; everything that ran out goes within minutes. */
function startHouseJobs(
  { features, oauth, ground, config }: { features: Features; oauth: OAuth; ground: Ground; config: Config },
  operation: (task: string) => Operation,
  trouble: LastingTrouble,
): Jobs {
  const { sessions, tokens } = features
  return startJobs(
    [
      { name: 'note activity', everyMs: 5_000, run: async (op) => sessions.flush(op) },
      { name: 'sweep sessions', everyMs: 60_000, run: async (op) => sessions.sweep(op) },
      { name: 'sweep tokens', everyMs: 60_000, run: async (op) => tokens.sweep(op) },
      { name: 'sweep codes', everyMs: 60_000, run: async (op) => oauth.sweep(op) },
      { name: 'sweep keys', everyMs: 3_600_000, run: async (op) => sweepKeys(op, ground.store) },
      { name: 'drop the former database', everyMs: 3_600_000, run: async (op) => Number(dropFormer(config.dataDirectory, op.nowMs)) },
    ],
    operation,
    trouble,
  )
}
