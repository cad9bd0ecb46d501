/** Sessions: that a person signed in, from which browser, how strongly, until when. @module */

export { events } from './events.ts'
export { judgeLifetime, usualSettings, type Lifetime, type Moment, type SessionSettings, type SessionTimes } from './lifetime.ts'
export { migrations } from './migrations.ts'
export type { Announce, GenerationOf, RevokeSession } from './ports.ts'
export type { EndReason, ListedSession, Session } from './session.ts'
export {
  createSessions,
  sessionRefusals,
  type Beginning,
  type Begun,
  type SessionPage,
  type SessionPorts,
  type SessionRefusalCode,
  type Sessions,
} from './sessions.ts'
