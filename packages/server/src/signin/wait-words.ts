import { fill } from './messages.en.ts'

/** How long to wait, in the unit that a person would say. */
export function waitWords(seconds: number): string {
  const whole = Math.max(2, Math.ceil(seconds))
  if (whole < 120) return fill('sign_in.wait_seconds', { seconds: String(whole) })
  return fill('sign_in.wait_minutes', { minutes: String(Math.ceil(whole / 60)) })
}
