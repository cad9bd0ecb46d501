/**
 * The templates, read once. Eta escapes every value that a template prints with
 * `<%=`; `<%~` prints HTML and appears only where {@link fillRich} made it.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import { escapeHtml } from './messages.en.ts'

const names = ['layout', 'sign-in', 'consent', 'message'] as const

export type TemplateName = Exclude<(typeof names)[number], 'layout'>

/** Renders a page. A template that asks for what it was not given throws: a defect, not an empty place. */
export type RenderTemplate = (name: TemplateName, data: object) => string

export function openTemplates(): RenderTemplate {
  const eta = new Eta({ autoEscape: true, escapeFunction: (value) => escapeHtml(asText(value)), autoTrim: [false, 'nl'] })
  for (const name of names) eta.loadTemplate(`@${name}`, read(name))
  return (name, data) => eta.render(`@${name}`, data)
}

function read(name: string): string {
  return readFileSync(new URL(`pages/${name}.eta`, import.meta.url), 'utf8')
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a page prints text only')
  return value
}
