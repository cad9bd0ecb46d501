import type { Answer, RouteInput } from '#http'
import type { Operation } from '#kernel'
import { messages } from './messages.en.ts'
import type { Pages } from './pages.ts'
import type { SigninPorts } from './ports.ts'

/** A state that cannot be opened: too old, from another browser, or made up. The page cannot know where the person came from. */
export function showLost(
  op: Operation,
  input: RouteInput,
  { countStranger }: Pick<SigninPorts, 'countStranger'>,
  pages: Pages,
  route: string,
): Answer {
  countStranger(op, { code: 'signin.state_lost', route, address: input.address })
  const facts = [{ name: messages['refused.request'], value: op.id }]
  return {
    status: 400,
    body: { html: pages.refused({ heading: messages['lost.heading'], sentences: [messages['lost.sentence']], facts }) },
  }
}
