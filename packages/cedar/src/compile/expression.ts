/**
 * Expressions of Cedar's JSON form, compiled once to closures.
 *
 * Source: https://docs.cedarpolicy.com/policies/json-format.html#JsonExpr-objects
 *
 * @module
 */

import { EvaluationError } from '../errors.ts'
import { extensionFunctions, type ExtensionFunction } from '../extensions/functions.ts'
import { member, readList, readObject, readText, readTypeName, refuseInput, type Path } from '../read/plain.ts'
import { readValue } from '../read/value.ts'
import { CedarSet, type Value } from '../values/value.ts'
import { unchain } from './chain.ts'
import { asBool, asEntity, asString, type Evaluate } from './evaluate.ts'
import { attributeOf, binaryOperators, hasAttribute, isIn, unaryOperators } from './operators.ts'
import { compilePattern } from './pattern.ts'

/** Deeper than people write, and shallow enough for the stack of any runtime. Chains of `&&` and `||` count once. */
export const deepestExpression = 200

type Compile = (operand: unknown, path: Path, depth: number) => Evaluate

/** Compiles an expression. Throws {@link InputError} for what is none. */
export function compileExpression(json: unknown, path: Path, depth = 0): Evaluate {
  if (depth > deepestExpression) return refuseInput('input.depth', path, `nested deeper than ${deepestExpression} levels`)
  const members = Object.entries(readObject(json, path))
  const [only] = members
  if (only === undefined || members.length > 1)
    return refuseInput('input.type', path, 'an object with the one name of an operator is expected')
  const [name, operand] = only
  const compile = compilers.get(name)
  if (compile !== undefined) return compile(operand, [...path, name], depth)
  const call = extensionFunctions.get(name)
  if (call !== undefined) return compileCall(name, call, operand, [...path, name], depth)
  return refuseInput('input.name', path, `no operator and no function is called ${JSON.stringify(name)}`)
}

/** A named operand of an operator, one level deeper. */
function operandOf(operator: unknown, name: string, path: Path, depth: number): Evaluate {
  return compileExpression(member(readObject(operator, path), name), [...path, name], depth + 1)
}

const compilers: ReadonlyMap<string, Compile> = new Map<string, Compile>([
  ['Value', (operand, path) => constant(readValue(operand, path))],
  ['Var', compileVariable],
  ['&&', (operand, path, depth) => compileAll(chain('&&', operand, path, depth))],
  ['||', (operand, path, depth) => compileAny(chain('||', operand, path, depth))],
  ['if-then-else', compileChoice],
  ['.', compileAttribute],
  ['has', compileHas],
  ['in', compileIn],
  ['is', compileIs],
  ['like', compileLike],
  ['Set', compileSet],
  ['Record', compileRecord],
  ...[...unaryOperators].map(([name, apply]): [string, Compile] => [
    name,
    (operand, path, depth) => {
      const argument = operandOf(operand, 'arg', path, depth)
      return (environment) => apply(argument(environment))
    },
  ]),
  ...[...binaryOperators].map(([name, apply]): [string, Compile] => [
    name,
    (operand, path, depth) => {
      const left = operandOf(operand, 'left', path, depth)
      const right = operandOf(operand, 'right', path, depth)
      return (environment) => apply(left(environment), right(environment), environment.entities)
    },
  ]),
])

function constant(value: Value): Evaluate {
  return () => value
}

function compileVariable(operand: unknown, path: Path): Evaluate {
  switch (operand) {
    case 'principal':
      return ({ principal }) => principal
    case 'action':
      return ({ action }) => action
    case 'resource':
      return ({ resource }) => resource
    case 'context':
      return ({ context }) => context
    default:
      return refuseInput('input.name', path, 'no variable of Cedar')
  }
}

function chain(name: '&&' | '||', operand: unknown, path: Path, depth: number): readonly Evaluate[] {
  return unchain(name, operand, path).map(({ json, path: at }) => compileExpression(json, at, depth + 1))
}

function compileAll(operands: readonly Evaluate[]): Evaluate {
  return (environment) => {
    for (const operand of operands) if (!asBool(operand(environment))) return false
    return true
  }
}

function compileAny(operands: readonly Evaluate[]): Evaluate {
  return (environment) => {
    for (const operand of operands) if (asBool(operand(environment))) return true
    return false
  }
}

function compileChoice(operand: unknown, path: Path, depth: number): Evaluate {
  const condition = operandOf(operand, 'if', path, depth)
  const whenTrue = operandOf(operand, 'then', path, depth)
  const whenFalse = operandOf(operand, 'else', path, depth)
  return (environment) => (asBool(condition(environment)) ? whenTrue(environment) : whenFalse(environment))
}

/** Most conditions begin with the principal or the resource: these are read here, and not by a closure of their own. */
function compileIn(operand: unknown, path: Path, depth: number): Evaluate {
  const left = operandOf(operand, 'left', path, depth)
  const right = operandOf(operand, 'right', path, depth)
  switch (leftVariable(operand, path)) {
    case 'principal':
      return (environment) => isIn(environment.principal, right(environment), environment.entities)
    case 'resource':
      return (environment) => isIn(environment.resource, right(environment), environment.entities)
    default:
      return (environment) => isIn(left(environment), right(environment), environment.entities)
  }
}

function compileAttribute(operand: unknown, path: Path, depth: number): Evaluate {
  const left = operandOf(operand, 'left', path, depth)
  const name = readText(member(readObject(operand, path), 'attr'), [...path, 'attr'])
  switch (leftVariable(operand, path)) {
    case 'principal':
      return (environment) => attributeOf(environment.principal, name, environment.entities)
    case 'resource':
      return (environment) => attributeOf(environment.resource, name, environment.entities)
    default:
      return (environment) => attributeOf(left(environment), name, environment.entities)
  }
}

function leftVariable(operand: unknown, path: Path): unknown {
  return member(readObject(member(readObject(operand, path), 'left'), path), 'Var')
}

/** `x has a.b.c` asks for each on the way, and is false at the first that is not there. */
function compileHas(operand: unknown, path: Path, depth: number): Evaluate {
  const left = operandOf(operand, 'left', path, depth)
  const given = member(readObject(operand, path), 'attr')
  const names = (Array.isArray(given) ? given : [given]).map((name) => readText(name, [...path, 'attr']))
  const last = names.pop()
  if (last === undefined) return refuseInput('input.missing', path, 'no name to look for')
  return (environment) => {
    const { entities } = environment
    let value = left(environment)
    for (const name of names) {
      if (!hasAttribute(value, name, entities)) return false
      value = attributeOf(value, name, entities)
    }
    return hasAttribute(value, last, entities)
  }
}

function compileIs(operand: unknown, path: Path, depth: number): Evaluate {
  const left = operandOf(operand, 'left', path, depth)
  const object = readObject(operand, path)
  const type = readTypeName(member(object, 'entity_type'), [...path, 'entity_type'])
  if (member(object, 'in') === undefined) return (environment) => asEntity(left(environment)).type === type
  const within = operandOf(operand, 'in', path, depth)
  return (environment) => {
    const entity = asEntity(left(environment))
    return entity.type === type && isIn(entity, within(environment), environment.entities)
  }
}

function compileLike(operand: unknown, path: Path, depth: number): Evaluate {
  const left = operandOf(operand, 'left', path, depth)
  const matches = compilePattern(member(readObject(operand, path), 'pattern'), [...path, 'pattern'])
  return (environment) => matches(asString(left(environment)))
}

function compileSet(operand: unknown, path: Path, depth: number): Evaluate {
  const given = readList(operand, path)
  const members = given.map((json, at) => compileExpression(json, [...path, at], depth + 1))
  if (given.every((json) => literalOf(json) !== undefined)) {
    return constant(new CedarSet(given.map((json, at) => readValue(literalOf(json), [...path, at]))))
  }
  return (environment) => new CedarSet(members.map((evaluate) => evaluate(environment)))
}

function compileRecord(operand: unknown, path: Path, depth: number): Evaluate {
  const members = Object.entries(readObject(operand, path)).map(
    ([name, json]) => [readText(name, path), compileExpression(json, [...path, name], depth + 1)] as const,
  )
  return (environment) => new Map(members.map(([name, evaluate]) => [name, evaluate(environment)]))
}

/** What a literal says; undefined for every other expression. */
function literalOf(json: unknown): unknown {
  return member(readObject(json, []), 'Value')
}

/**
 * A call of an extension function. With another number of arguments than it takes it errs when it is evaluated, as
 * Cedar has it. A constructor of a literal text is called once, here.
 */
function compileCall(name: string, { arity, isMethod, apply }: ExtensionFunction, operand: unknown, path: Path, depth: number): Evaluate {
  const given = readList(operand, path)
  const [first, second, ...more] = given.map((json, at) => compileExpression(json, [...path, at], depth + 1))
  if (first === undefined || given.length !== arity) {
    const called = [first, second, ...more].filter((argument) => argument !== undefined)
    return (environment) => {
      for (const argument of called) argument(environment)
      throw new EvaluationError('arity', `${name} takes ${arity} arguments, not ${given.length}`)
    }
  }
  const literal = isMethod ? undefined : literalOf(given[0])
  if (literal !== undefined) return constantCall(() => apply(readValue(literal, path), undefined))
  return (environment) => apply(first(environment), second?.(environment))
}

function constantCall(call: () => Value): Evaluate {
  try {
    return constant(call())
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return () => {
      throw new EvaluationError(error.code, error.message)
    }
  }
}
