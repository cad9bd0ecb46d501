/** The client_id of a gateway's host. */
export function gatewayClientId(origin: string): string {
  return `gateway ${new URL(origin).host}`
}
