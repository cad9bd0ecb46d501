/**
 * Completion for shells, written from the commands themselves. What is printed is
 * read by the shell once; completing asks nobody.
 *
 * @module
 */

import { exitCodes, type Command } from '../command.ts'
import { choicesOf, everywhere, UsageMistake } from '../options.ts'

/** A place in what was typed, and what may follow it. */
interface Place {
  /** The words before, as they are typed; empty at the beginning. */
  readonly after: string
  readonly next: readonly (readonly [word: string, says: string])[]
}

const shells = { bash, zsh, fish } as const

/** `commands` is asked when the command runs, because this one is in the list. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    says: 'Prints what makes a shell complete commands and options.',
    words: 'bash|zsh|fish',
    leastWords: 1,
    examples: [
      'countersign completion bash > /etc/bash_completion.d/countersign',
      'countersign completion zsh > ~/.zfunc/_countersign',
      'countersign completion fish > ~/.config/fish/completions/countersign.fish',
    ],
    run: async (given) => {
      const name = given.words[0] ?? ''
      if (!Object.hasOwn(shells, name)) throw new UsageMistake(`There is completion for bash, zsh and fish, and not for "${name}"`)
      const lines = shells[name as keyof typeof shells](commands().filter(({ isOurs }) => isOurs !== true))
      given.print.result({ shell: name, script: lines.join('\n') }, () => lines)
      return Promise.resolve(exitCodes.done)
    },
  }
}

function places(commands: readonly Command[]): readonly Place[] {
  const saysOf = (typed: string): string => commands.find(({ name }) => name === typed)?.says ?? `Commands of ${typed}.`
  const after = new Map<string, Map<string, string>>()
  for (const { name } of commands) {
    const words = name.split(' ')
    for (const [at, word] of words.entries()) {
      const before = words.slice(0, at).join(' ')
      const next = after.get(before) ?? new Map<string, string>()
      after.set(before, next.set(word, saysOf(words.slice(0, at + 1).join(' '))))
    }
  }
  return [...after].map(([before, next]) => ({ after: before, next: [...next] }))
}

function options(commands: readonly Command[]): readonly Place[] {
  return commands.map(({ name, options: own = [] }) => ({
    after: name,
    next: [...own, ...everywhere].map((option) => [`--${option.name}`, option.says] as const),
  }))
}

/** The options whose value is one of a few. */
function choices(
  commands: readonly Command[],
): readonly { readonly after: string; readonly option: string; readonly values: readonly string[] }[] {
  return commands.flatMap(({ name, options: own = [] }) =>
    own.map((option) => ({ after: name, option: option.name, values: choicesOf(option) })).filter(({ values }) => values.length > 0),
  )
}

const words = ({ next }: Place): string => next.map(([word]) => word).join(' ')

/** The longest name first, so that `backup keys` is not taken for `backup`. */
const longestFirst = (list: readonly Place[]): readonly Place[] => [...list].sort((left, right) => right.after.length - left.after.length)

/** What bash and zsh have in common: from `$line` and `$current` to `$found`. */
function cases(commands: readonly Command[]): readonly string[] {
  return [
    '  case "$current" in',
    '    -*) case "$line " in',
    ...longestFirst(options(commands)).map((place) => `      '${place.after} '*) found='${words(place)}' ;;`),
    '    esac ;;',
    '    *) case "$line" in',
    ...choices(commands).map(({ after, option, values }) => `      '${after} '*'--${option}') found='${values.join(' ')}' ;;`),
    ...places(commands).map((place) => `      '${place.after}') found='${words(place)}' ;;`),
    '    esac ;;',
    '  esac',
  ]
}

function bash(commands: readonly Command[]): readonly string[] {
  return [
    '# bash completion for countersign',
    '_countersign() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" found="" line',
    '  line="${COMP_WORDS[*]:1:COMP_CWORD-1}"',
    ...cases(commands),
    '  COMPREPLY=($(compgen -W "$found" -- "$current"))',
    '}',
    'complete -o default -F _countersign countersign',
  ]
}

function zsh(commands: readonly Command[]): readonly string[] {
  return [
    '#compdef countersign',
    '_countersign() {',
    '  local current="${words[CURRENT]}" found="" line="${(j: :)words[2,CURRENT-1]}"',
    ...cases(commands),
    '  if [[ -n "$found" ]]; then compadd -- ${=found}; else _files; fi',
    '}',
    'if [[ "$funcstack[1]" = "_countersign" ]]; then _countersign "$@"; else compdef _countersign countersign; fi',
  ]
}

function fish(commands: readonly Command[]): readonly string[] {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
  const line = (test: string, after: string, [word, says]: readonly [string, string], how: string): string =>
    `complete -c countersign -n ${quoted(`${test} ${quoted(after)}`)} ${how} ${word} -d ${quoted(says)}`
  return [
    '# fish completion for countersign',
    '# What was typed after the program, as one line.',
    'function __countersign_typed; set -l typed (commandline -opc); set -e typed[1]; echo "$typed"; end',
    'function __countersign_at; set -l typed (__countersign_typed); test "$typed" = "$argv[1]"; end',
    'function __countersign_in; set -l typed (__countersign_typed); string match -q -- "$argv[1] *" "$typed "; end',
    ...places(commands).flatMap(({ after, next }) => next.map((one) => line('__countersign_at', after, one, '-f -a'))),
    ...commands.flatMap(({ name, options: own = [] }) =>
      [...own, ...everywhere].map((option) => {
        const [says, values] = [line('__countersign_in', name, [option.name, option.says], '-l'), choicesOf(option)]
        // One line says both that there is the option and what it may be: fish takes the first that it finds.
        return values.length === 0 ? says : `${says} -x -a ${quoted(values.join(' '))}`
      }),
    ),
  ]
}
