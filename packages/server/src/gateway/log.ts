/** Where the gateway tells its operator what went wrong. Values are short words and numbers of ours, never what a request held. */
export interface GatewayLog {
  info(says: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
  warn(says: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
  /** For defects and outages. */
  error(says: string, error: unknown, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
}
