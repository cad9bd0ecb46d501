/** Requests and answers: the spine, the listeners, how a refusal looks. @module */

export type { Answer, Body, Cookie } from './answer.ts'
export type { AnswerStyle, Caller, Edge, LimitClass, RefusalAnswer, Route, RouteInput, RouteSchema } from './route.ts'
