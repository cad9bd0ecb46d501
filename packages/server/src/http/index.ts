/** Requests and answers: the spine, the listeners, how a refusal looks. @module */

export type { Answer, Body, Cookie } from './answer.ts'
export type { PeerCertificate, Presented } from './arrival.ts'
export type { LimitDecision } from './limit.ts'
export { callerIs } from './operation.ts'
export type { ServerLog, TroubleReport } from './passage.ts'
export { httpRefusalAnswers, httpRefusals, type HttpRefusalCode } from './refusals.ts'
export type { PageRenderer, RefusalPage } from './render.ts'
export type { AnswerStyle, Caller, Edge, LimitClass, RefusalAnswer, Route, RouteInput, RouteSchema } from './route.ts'
export { createServer, type Server, type ServerOptions } from './server.ts'
export type { AccessDecision, AskedResource, SpinePorts } from './spine.ts'
