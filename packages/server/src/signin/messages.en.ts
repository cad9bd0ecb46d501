/**
 * Every word that a person reads on our pages, in English. `{slots}` are filled
 * by {@link fill} and {@link fillRich}; a translation is another file of the same
 * shape.
 *
 * @module
 */

export const messages = {
  brand: 'Countersign',

  'sign_in.heading': 'Sign in',
  'sign_in.heading_app': 'Sign in to {app}',
  'sign_in.title_problem': 'Not signed in: {heading}',
  'sign_in.username': 'Email or user name',
  'sign_in.password': 'Password',
  'sign_in.submit': 'Sign in',
  'sign_in.not_together': 'That name and password do not go together. Check both.',
  'sign_in.wait_seconds': 'There were too many attempts. Wait {seconds} seconds, then try again.',
  'sign_in.wait_minutes': 'There were too many attempts. Wait {minutes} minutes, then try again.',

  'signed_in.heading': 'You are signed in',
  'signed_in.who': '{name}, open an app: it will find you signed in.',
  'signed_in.sign_out': 'Sign out',

  'lost.heading': 'This sign-in took too long',
  'lost.sentence': 'Go back to the app that you came from and start again. Nothing was lost but a little time.',

  'consent.heading': 'Let {app} use your account?',
  'consent.lead': '{app} at {place} wants to:',
  'consent.lead_here': '{app}, a program on this device, wants to:',
  'consent.allow': 'Allow',
  'consent.deny': 'Do not allow',
  'consent.who': 'Signed in as {name}',
  'consent.not_you': 'Not you?',
  'consent.openid': 'Know that it is you',
  'consent.profile': 'See your name and picture',
  'consent.email': 'See your email address',
  'consent.name': 'See your name',
  'consent.username': 'See your user name',
  'consent.picture': 'See your picture',
  'consent.claim': 'See your “{claim}”',
  'consent.address': 'See your postal address',
  'consent.phone': 'See your phone number',
  'consent.groups': 'See which groups you are in',
  'consent.roles': 'See which roles you have',
  'consent.offline': 'Stay signed in while you are away',
  'consent.offline_shows': 'Until this is taken back',
  'consent.true': 'Yes',
  'consent.false': 'No',
  'consent.nothing': '—',
  'consent.other': 'Use “{scope}”',

  'sign_out.heading': 'Sign out?',
  'sign_out.lead': 'An app asks to sign you out: here, and in every app that you opened from here.',
  'sign_out.yes': 'Sign out',
  'sign_out.no': 'Stay signed in',

  'signed_out.heading': 'You are signed out',
  'signed_out.sentence': 'If others use this device, close the browser too.',
  'signed_out.again': 'Sign in again',

  'refused.request': 'Request',
  'refused.help': 'If you need help, give the request id below to whoever looks after this service.',
  'refused.sign_in': 'Sign in',
  'refused.not_signed_in': 'You are not signed in',
  'refused.denied': 'You may not do this',
  'refused.not_found': 'Not found',
  'refused.too_often': 'A moment, please',
  'refused.not_now': 'This is not available right now',
  'refused.not_now_help': 'It should be back soon. Try again in a moment.',
  'refused.cannot_continue': 'This cannot continue',
  'refused.failed': 'This did not work',
} as const

export type MessageKey = keyof typeof messages

/** The names of the slots in a text. */
type SlotsOf<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | SlotsOf<Rest> : never

/** What fills the slots of a text; nothing for a text without any. */
export type Slots<Key extends MessageKey> = Readonly<Record<SlotsOf<(typeof messages)[Key]>, string>>

/** A text with its slots filled, not escaped yet. */
export function fill<Key extends MessageKey>(key: Key, slots: Slots<Key>): string {
  const values: Readonly<Record<string, string>> = slots
  return messages[key].replaceAll(/\{([a-z]+)\}/g, (_, name: string) => values[name] ?? '')
}

/** A text as HTML, its slots strong. Everything in it is escaped. */
export function fillRich<Key extends MessageKey>(key: Key, slots: Slots<Key>): string {
  const values: Readonly<Record<string, string>> = slots
  return escapeHtml(messages[key]).replaceAll(/\{([a-z]+)\}/g, (_, name: string) => strongHtml(values[name] ?? ''))
}

/** What others wrote, as HTML within a text of ours: whichever way it is written, what stands beside it stays where it is. */
export function strongHtml(text: string): string {
  return `<strong><bdi>${escapeHtml(text)}</bdi></strong>`
}

/** The five characters that mean something in HTML text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
