/**
 * The only file that touches Cedar's WebAssembly build.
 *
 * The build has a stack of 1 MiB and does not put it back when a call is thrown
 * out of: after a text nested too deeply, or anything else that traps, later calls
 * of that instance fail. So an instance that threw is never used again. What it
 * overran is nothing: the stack lies lowest in its memory and ends at address 0.
 *
 * @module
 */

import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type * as CedarBuild from '@cedar-policy/cedar-wasm/nodejs'

export type PolicyTree = CedarBuild.PolicyJson
export type ExpressionTree = CedarBuild.Expr
export type SchemaTree = CedarBuild.SchemaJson<string>

/** A complaint of the parser or the validator. `byte` counts from the start of the text's UTF-8 form. */
export interface Complaint {
  readonly says: string
  readonly byte: number | undefined
}

export type Parsed<Tree> =
  { readonly is: 'parsed'; readonly tree: Tree } | { readonly is: 'wrong'; readonly complaints: readonly Complaint[] }

/** The answer to an authorization call, in Cedar's words. */
export type Answered =
  | {
      readonly is: 'answered'
      readonly decision: 'allow' | 'deny'
      readonly reasons: readonly string[]
      readonly errors: readonly { readonly policy: string; readonly error: string }[]
    }
  | { readonly is: 'not asked'; readonly says: string }

export type PreparedCall = Omit<CedarBuild.StatefulAuthorizationCall, 'preparsedPolicySetId' | 'preparsedSchemaName' | 'validateRequest'>

/** A call did not return. The instance is spent. */
export class CedarTrapped extends Error {
  override readonly name = 'CedarTrapped'
}

/**
 * V8 optimises a WebAssembly function after about 1.8 million units of work in
 * it. Measured with this build: at that budget start-up alone takes 65 MB more
 * memory and a decision 110 µs; at this one 12 MB and 145 µs, falling as
 * functions earn their optimisation.
 */
const tieringBudget = 200_000_000

let tuned = false

/** One instance of the build, good until a call of it throws. */
export class Cedar {
  readonly #build: typeof CedarBuild
  #spent = false

  constructor() {
    if (!tuned) setFlagsFromString(`--wasm-tiering-budget=${tieringBudget}`)
    tuned = true
    const require = createRequire(import.meta.url)
    const path = require.resolve('@cedar-policy/cedar-wasm/nodejs')
    delete require.cache[path]
    this.#build = require(path) as typeof CedarBuild
  }

  get spent(): boolean {
    return this.#spent
  }

  /** The texts of the policies of a file, comments between them left out, in no particular order. */
  splitPolicies(text: string): Parsed<{ readonly policies: readonly string[]; readonly templates: readonly string[] }> {
    const answer = this.#call((build) => build.policySetTextToParts(text))
    if (answer.type === 'failure') return wrong(answer.errors)
    return { is: 'parsed', tree: { policies: answer.policies, templates: answer.policy_templates } }
  }

  readPolicy(text: string): Parsed<PolicyTree> {
    const answer = this.#call((build) => build.policyToJson(text))
    return answer.type === 'failure' ? wrong(answer.errors) : { is: 'parsed', tree: answer.json }
  }

  /** The schema with every name resolved to a full one. */
  readSchema(text: string): Parsed<SchemaTree> {
    const answer = this.#call((build) => build.schemaToJsonWithResolvedTypes(text))
    return answer.type === 'failure' ? wrong(answer.errors) : { is: 'parsed', tree: answer.json }
  }

  /** Strict validation of a file of policies. Warnings are complaints: an impossible policy or a look-alike letter is a mistake. */
  validate(schema: string, policies: string): readonly Complaint[] {
    const answer = this.#call((build) => build.validate({ schema, policies: { staticPolicies: policies } }))
    if (answer.type === 'failure') return answer.errors.map(complaint)
    const found = [...answer.validationErrors, ...answer.validationWarnings].map(({ error }) => complaint(error))
    return [...found, ...answer.otherWarnings.map(complaint)]
  }

  /** Keeps a parsed set under a name, in place of what had that name before. */
  prepare(slot: string, schema: string, policies: Readonly<Record<string, string>>): void {
    const answers = [
      this.#call((build) => build.preparseSchema(slot, schema)),
      this.#call((build) => build.preparsePolicySet(slot, { staticPolicies: policies })),
    ]
    for (const answer of answers) {
      if (answer.type === 'failure') throw new Error(`a checked policy set does not parse: ${answer.errors[0]?.message ?? ''}`)
    }
  }

  authorize(slot: string, call: PreparedCall): Answered {
    const answer = this.#call((build) =>
      build.statefulIsAuthorized({ ...call, preparsedPolicySetId: slot, preparsedSchemaName: slot, validateRequest: true }),
    )
    if (answer.type === 'failure') return { is: 'not asked', says: answer.errors[0]?.message ?? 'the request does not fit the schema' }
    const { decision, diagnostics } = answer.response
    const errors = diagnostics.errors.map(({ policyId, error }) => ({ policy: policyId, error: error.message }))
    return { is: 'answered', decision, reasons: diagnostics.reason, errors }
  }

  #call<Result>(call: (build: typeof CedarBuild) => Result): Result {
    if (this.#spent) throw new CedarTrapped('this instance is spent')
    try {
      return call(this.#build)
    } catch (error) {
      this.#spent = true
      throw new CedarTrapped('Cedar did not return', { cause: error })
    }
  }
}

function wrong(errors: readonly CedarBuild.DetailedError[]): { readonly is: 'wrong'; readonly complaints: readonly Complaint[] } {
  return { is: 'wrong', complaints: errors.map(complaint) }
}

/** What the parser puts before the matter itself. */
const preamble = /^(failed to parse (policies|schema) from string: |error parsing schema: |for policy `[^`]*`, )+/

function complaint({ message, help, sourceLocations }: CedarBuild.DetailedError): Complaint {
  const [place] = sourceLocations ?? []
  const more = [place?.label, help].filter((text) => typeof text === 'string')
  return { says: [message.replace(preamble, ''), ...more].join('; '), byte: place?.start }
}
